/** Runs of one load, taken together: parts of other loads lay between them, so that what the machine does meanwhile meets all loads alike. */
import type { LoadResult } from "../../bench/load/load-plan.ts";
import { LatencyHistogram } from "../../src/load/latency-histogram.ts";
import { CLIENT_SLACK_MS, endedWith, SLICE_MS } from "./overload-world.ts";

export class LoadSum {
  readonly #parts: LoadResult[] = [];

  add(part: LoadResult): void {
    this.#parts.push(part);
  }

  get calls(): number {
    return this.#parts.reduce((sum, { calls }) => sum + calls, 0);
  }

  /** Answers that were whole, and there in time, a second. */
  get goodput(): number {
    return this.#inTime / this.#seconds;
  }

  /** Calls that were made. */
  get perSecond(): number {
    return this.calls / this.#seconds;
  }

  /** Of all calls, those that were not answered in time, whatever became of them. */
  get percentNotInTime(): number {
    return 100 - (100 * this.#inTime) / this.calls;
  }

  /** Calls that ended with that gRPC status, of all. */
  percentEndedWith(status: number): number {
    return (100 * this.#parts.reduce((sum, part) => sum + endedWith(part, status), 0)) / this.calls;
  }

  /** Infinity when it lies among those that failed. */
  percentileMs(share: number): number {
    return this.#histogram.percentileMs(share);
  }

  /** Why a part says nothing: the client was too busy. */
  get notes(): string[] {
    return this.#parts.flatMap((part) => (part.void === undefined ? [] : [part.void]));
  }

  get #seconds(): number {
    return this.#parts.reduce((sum, { calls, perSecond }) => sum + calls / perSecond, 0);
  }

  get #histogram(): LatencyHistogram {
    return LatencyHistogram.of(...this.#parts.map(({ latencies }) => latencies));
  }

  get #inTime(): number {
    return this.#histogram.countWithin(SLICE_MS + CLIENT_SLACK_MS);
  }
}
