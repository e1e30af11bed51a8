/** Log lines of calls that took long, with where their time went. */
import type { Ledger } from "../model/ledger.ts";
import type { Surface } from "../model/surface.ts";
import type { Log } from "./log.ts";
import type { RequestOutcome } from "./recorder.ts";

/** Least time between two lines; calls between them are counted. */
const EVERY_MS = 1000;

export class SlowCalls {
  readonly #log: Log;
  readonly #slowUs: number;
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #suppressed = 0;

  /** @param slowMs calls that take longer are slow */
  constructor(log: Log, slowMs: number) {
    this.#log = log;
    this.#slowUs = slowMs * 1000;
  }

  /** A call was answered, or refused. @param nowMs on the ledger's clock: the write of the answer has returned */
  answered(surface: Surface, outcome: RequestOutcome, ledger: Ledger, nowMs: number): void {
    const totalUs = ledger.totalUs(nowMs);
    if (totalUs <= this.#slowUs) return;
    if (nowMs < this.#quietUntilMs) {
      this.#suppressed += 1;
      return;
    }
    const suppressed = this.#suppressed;
    this.#quietUntilMs = nowMs + EVERY_MS;
    this.#suppressed = 0;
    const { traceId } = ledger;
    this.#log.info("slow_call", {
      surface,
      outcome,
      totalUs,
      hopsUs: ledger.hopsUs(totalUs),
      ...(traceId !== "" && { traceId }),
      ...(suppressed > 0 && { suppressed }),
    });
  }
}
