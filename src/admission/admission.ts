/**
 * Who is let in. A call is refused only while there are more under way than latency says is good, and work really waits: the loop is late,
 * or the oldest that waits has waited long. `shadow` and `batch` give way first.
 */
import type { Priority } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";
import { InFlightLimit } from "./in-flight-limit.ts";

/** Work waits when the loop is so late, or the store has owed an answer for so long: a share of the slice. */
const WAIT_SHARE = 1 / 4;
/** Of the limit, for calls of all priorities together: above it those of this one are refused. */
const SHARES: Readonly<Record<Exclude<Priority, "live">, number>> = { batch: 0.7, shadow: 0.4 };

/**
 * What piled up behind a stall of the machine comes in one go and is no crowd: predictions are refused once there have been too many for so
 * long, and at once when that was so a moment ago. Without it 110 of some ten thousand calls were refused beside a noisy neighbour; with a
 * higher limit none, but at twice what it can hardly any call was in time (test/budget).
 */
const STALL_MS = 30;
/** So long without too many, and the next time may be a stall again. */
const CALM_MS = 50;

export interface AdmissionParts {
  readonly minInFlight: number;
  readonly sliceMs: number;
  /** How late the loop is. */
  readonly loopLateMs: (nowMs: number) => number;
  /** Age of the oldest thing that waits: a read that the store has not answered, or a large request for its turn. */
  readonly queueAgeMs: (nowMs: number) => number;
}

export interface AdmissionFigures {
  readonly limit: number;
  /** Calls under way that wait for something. */
  readonly inFlight: number;
}

/** One for all: made once, because a stack costs more than the rest of a refusal. */
const SHED = new ServeError(
  "RESOURCE_EXHAUSTED",
  "The sidecar has more calls under way than it can answer in time; try again, or send fewer",
  { reason: "shed" },
);

export class Admission {
  readonly #parts: AdmissionParts;
  readonly #limit: InFlightLimit;
  readonly #waitMs: number;
  #live = 0;
  #others = 0;
  /** When there were too many predictions last, and since when without a calm between. */
  #overMs = Number.NEGATIVE_INFINITY;
  #overSinceMs = 0;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#limit = new InFlightLimit(parts.minInFlight);
    this.#waitMs = parts.sliceMs * WAIT_SHARE;
  }

  get figures(): AdmissionFigures {
    return { limit: this.#limit.value, inFlight: this.#live + this.#others };
  }

  /** false: nobody is refused now. Asked for each call. */
  get isFull(): boolean {
    return this.#live + this.#others >= this.#parts.minInFlight;
  }

  /** @returns the refusal of a call that comes now; undefined = it may go on */
  refusal(priority: Priority, nowMs: number): ServeError | undefined {
    if (!this.isFull) return undefined;
    const inFlight = this.#live + this.#others;
    const limit = this.#limit.value;
    const isOver = priority === "live" ? this.#live >= limit : inFlight >= limit * SHARES[priority];
    if (!isOver || !this.#isWaiting(nowMs)) return undefined;
    return priority === "live" && this.#isStall(nowMs) ? undefined : SHED;
  }

  /** There are too many predictions now: have there just begun to be? */
  #isStall(nowMs: number): boolean {
    if (nowMs - this.#overMs > CALM_MS) this.#overSinceMs = nowMs;
    this.#overMs = nowMs;
    return nowMs - this.#overSinceMs < STALL_MS;
  }

  /** A call begins to wait for its rows. */
  began(priority: Priority): void {
    if (priority === "live") this.#live += 1;
    else this.#others += 1;
  }

  /**
   * It waits no more.
   * @param tookMs since its first byte; undefined = it says nothing of how crowded it is: it failed, or is no prediction's
   * @param nowMs monotonic
   */
  ended(priority: Priority, tookMs: number | undefined, nowMs: number): void {
    if (tookMs !== undefined) this.#limit.answered(tookMs, this.#live, nowMs);
    if (priority === "live") this.#live -= 1;
    else this.#others -= 1;
  }

  #isWaiting(nowMs: number): boolean {
    const { loopLateMs, queueAgeMs } = this.#parts;
    return loopLateMs(nowMs) >= this.#waitMs || queueAgeMs(nowMs) >= this.#waitMs;
  }
}
