/** Sends calls by a schedule and notes how long each took, counted from the time it should have left. */

import { LatencyHistogram } from "../../src/load/latency-histogram.ts";
import { startPacer } from "../../src/load/pacer.ts";
import { AnswerSample, type KeptAnswer } from "./answer-sample.ts";
import type { LoadDriver, OnDone } from "./driver.ts";
import type { LoadMode } from "./load-plan.ts";
import { createRandom } from "./random.ts";

/** Calls in flight; one more counts as failed at once. */
const SLOTS = 50_000;
/** What has not come back by then counts as failed. */
const DRAIN_MS = 5_000;
/** A closed loop at a dead server would fail as fast as it can. */
const GIVE_UP_AFTER = 1_000;

export interface LoopOptions {
  readonly driver: LoadDriver;
  readonly messages: number;
  readonly mode: LoadMode;
  readonly seconds: number;
  /** Answers to keep, spread over the run. */
  readonly keep: number;
  /** Of the choice of those. */
  readonly seed: number;
}

export interface LoopResult {
  readonly calls: number;
  readonly elapsedMs: number;
  readonly latencies: LatencyHistogram;
  readonly problems: ReadonlyMap<string, number>;
  readonly kept: readonly KeptAnswer[];
}

/** One schedule at a time: give {@link onDone} to the driver, then {@link run} as often as wanted. */
export class LoadLoop {
  readonly #intendedMs = new Float64Array(SLOTS);
  readonly #messageOf = new Int32Array(SLOTS);
  readonly #callOf = new Int32Array(SLOTS);
  /** Where the sample wants the answer; −1 = nowhere. */
  readonly #placeOf = new Int32Array(SLOTS);
  readonly #free: number[] = Array.from({ length: SLOTS }, (_, slot) => SLOTS - 1 - slot);
  #latencies = new LatencyHistogram();
  #problems = new Map<string, number>();
  #sample = new AnswerSample(0, Math.random);
  #sent = 0;
  #inFlight = 0;
  #failures = 0;
  #again: (() => void) | undefined;
  #drained: (() => void) | undefined;
  /** The messages of a run follow on those of the one before. */
  #nextMessage = 0;

  readonly onDone: OnDone = (slot, problem, answer) => {
    if (problem === "") this.#latencies.record(performance.now() - (this.#intendedMs[slot] as number));
    else this.#fail(problem);
    if (answer !== undefined && problem === "") {
      this.#sample.keep(this.#placeOf[slot] as number, this.#callOf[slot] as number, {
        message: this.#messageOf[slot] as number,
        bytes: answer,
      });
    }
    this.#free.push(slot);
    this.#inFlight -= 1;
    this.#again?.();
    if (this.#inFlight === 0) this.#drained?.();
  };

  async run(options: LoopOptions): Promise<LoopResult> {
    this.#latencies = new LatencyHistogram();
    this.#problems = new Map();
    this.#sample = new AnswerSample(options.keep, createRandom(options.seed));
    this.#sent = 0;
    this.#failures = 0;
    const startMs = await (options.mode.kind === "open"
      ? this.#runOpen(options, options.mode.ratePerSecond)
      : this.#runClosed(options, options.mode.inFlight));
    const elapsedMs = performance.now() - startMs;
    await this.#drain();
    return {
      calls: this.#sent,
      elapsedMs,
      latencies: this.#latencies,
      problems: this.#problems,
      kept: this.#sample.kept(),
    };
  }

  /** @returns when the first call was due */
  #runOpen(options: LoopOptions, ratePerSecond: number): Promise<number> {
    const total = Math.round(ratePerSecond * options.seconds);
    const leadMs = 50;
    const startMs = performance.now() + leadMs;
    const startNs = Number(process.hrtime.bigint()) + leadMs * 1e6;
    return new Promise((resolve) => {
      const pacer = startPacer(startNs, ratePerSecond, () => {
        const due = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * ratePerSecond) + 1);
        while (this.#sent < due) this.#send(options, startMs + (this.#sent / ratePerSecond) * 1000);
        options.driver.flush();
        if (this.#sent < total) return;
        // Ticks that were on their way still arrive, and find nothing due.
        void pacer.stop();
        resolve(startMs);
      });
    });
  }

  #runClosed(options: LoopOptions, inFlight: number): Promise<number> {
    return new Promise((resolve) => {
      const startMs = performance.now();
      const endMs = startMs + options.seconds * 1000;
      this.#again = () => {
        const nowMs = performance.now();
        if (nowMs < endMs && this.#failures < GIVE_UP_AFTER) this.#send(options, nowMs);
        else {
          this.#again = undefined;
          resolve(startMs);
        }
      };
      for (let count = 0; count < inFlight; count += 1) this.#send(options, performance.now());
      options.driver.flush();
    });
  }

  #send({ driver, messages }: LoopOptions, intendedMs: number): void {
    const slot = this.#free.pop();
    const place = this.#sample.offer();
    const call = this.#sent++;
    if (slot === undefined) {
      this.#fail(`more than ${SLOTS} calls in flight`);
      return;
    }
    const message = this.#nextMessage;
    this.#nextMessage = message + 1 === messages ? 0 : message + 1;
    this.#intendedMs[slot] = intendedMs;
    this.#messageOf[slot] = message;
    this.#callOf[slot] = call;
    this.#placeOf[slot] = place;
    this.#inFlight += 1;
    driver.send(slot, message, place >= 0);
  }

  #fail(problem: string): void {
    this.#failures += 1;
    this.#latencies.recordFailure();
    this.#problems.set(problem, (this.#problems.get(problem) ?? 0) + 1);
  }

  async #drain(): Promise<void> {
    if (this.#inFlight === 0) return;
    const inTime = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), DRAIN_MS);
      this.#drained = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
    this.#drained = undefined;
    if (inTime) return;
    const missing = this.#inFlight;
    this.#latencies.recordFailure(missing);
    this.#problems.set(`no answer in ${DRAIN_MS} ms`, missing);
  }
}
