/** What a read would take on one node: a moving average and the reads already there. */
import { RecentLatencies } from "./recent-latencies.ts";

/**
 * An answer weighs 1 − e^(−gap / 100 ms), the gap being the time since the one before. At 1,000 reads/s that is an average over
 * about 100 reads, too wide for one outlier to turn the choice; a node that becomes 50 ms slower is behind its peers after a
 * handful of answers at any rate, and where reads are rarer than 10/s only the latest counts.
 */
const MEMORY_MS = 100;
/** Answers of one turn of the loop come at the same moment and must not weigh nothing. */
const LEAST_WEIGHT = 0.02;
/** Silence after which an average begins to be forgotten. */
const FORGET_AFTER_MS = 250;
/** How long the forgetting takes, at first and at most: a slow node is tried again every 2 s, then every 4 s, … every 32 s. */
const FORGET_WITHIN_MS = 1750;
const FORGET_WITHIN_MOST_MS = 32_000;
/** Within this factor an answer bears out what was remembered. */
const SAME_RATIO = 2;

export class LatencyEstimate {
  readonly #recent = new RecentLatencies();
  #lastAverageMs = -1;
  #heardMs = Number.NEGATIVE_INFINITY;
  #forgetWithinMs = FORGET_WITHIN_MS;
  #inFlight = 0;

  /** Reads sent whose replies have not come. */
  get inFlight(): number {
    return this.#inFlight;
  }

  sent(): void {
    this.#inFlight += 1;
  }

  /** The replies of a read came, be it too late for who asked. @param latencyMs since it was sent */
  answered(latencyMs: number, nowMs: number): void {
    this.dropped();
    this.#recent.add(Math.max(0, latencyMs));
    this.pinged(latencyMs, nowMs);
  }

  /**
   * A PING was answered, which is what an idle node is measured by: one read that happened to be slow would keep reads away until it
   * is forgotten. It counts for the average, not among the latencies of reads.
   */
  pinged(latencyMs: number, nowMs: number): void {
    const sampleMs = Math.max(0, latencyMs);
    if (this.#lastAverageMs < 0) this.#lastAverageMs = sampleMs;
    else {
      if (!this.isRecent(nowMs)) this.#weighMemory(sampleMs);
      const weight = Math.max(LEAST_WEIGHT, 1 - Math.exp((this.#heardMs - nowMs) / MEMORY_MS));
      this.#lastAverageMs += weight * (sampleMs - this.#lastAverageMs);
    }
    this.#heardMs = nowMs;
  }

  /** The replies of a read will never come: its connection is gone. */
  dropped(): void {
    if (this.#inFlight > 0) this.#inFlight -= 1;
  }

  /** The average at the latest answer, −1 = never heard. */
  get lastAverageMs(): number {
    return this.#lastAverageMs;
  }

  /** It was heard within 250 ms: the average holds. */
  isRecent(nowMs: number): boolean {
    return nowMs - this.#heardMs <= FORGET_AFTER_MS;
  }

  /**
   * The average while it holds. Later it moves to `typicalMs`, so that a node which was slow once is tried again; one that was
   * never heard is taken to be typical.
   * @param typicalMs what nodes of this set usually take
   */
  averageMs(nowMs: number, typicalMs: number): number {
    if (this.#lastAverageMs < 0) return typicalMs;
    if (this.isRecent(nowMs)) return this.#lastAverageMs;
    const forgotten = Math.min(1, (nowMs - this.#heardMs - FORGET_AFTER_MS) / this.#forgetWithinMs);
    return this.#lastAverageMs + (typicalMs - this.#lastAverageMs) * forgotten;
  }

  /** For the choice of a node, lower is better: the average times the reads there would be. */
  scoreMs(nowMs: number, typicalMs: number): number {
    return this.averageMs(nowMs, typicalMs) * (this.#inFlight + 1);
  }

  /** 95th percentile of the latest 128 answers, Infinity while fewer than 16 are known; costs a sort. */
  p95Ms(): number {
    return this.#recent.p95Ms();
  }

  /** The first answer after a silence: what was remembered is remembered longer if it was right. */
  #weighMemory(sampleMs: number): void {
    const before = this.#lastAverageMs;
    const isSame = sampleMs * SAME_RATIO >= before && sampleMs <= before * SAME_RATIO;
    this.#forgetWithinMs = isSame ? Math.min(FORGET_WITHIN_MOST_MS, this.#forgetWithinMs * 2) : FORGET_WITHIN_MS;
  }
}
