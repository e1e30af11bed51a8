/** A call that waits for its rows, and is told when it can wait no longer. */
import type { DegradationReason } from "../model/degradation.ts";
import { ServeError } from "../model/serve-error.ts";
import type { Due, DueSweep } from "../timing/due-sweep.ts";

export class CallDue implements Due {
  readonly dueMs: number;
  sweepSlot = -1;
  #isOver = false;
  readonly #sweep: DueSweep;
  readonly #onDue: () => void;

  /** @param onDue called once, unless its rows come first */
  constructor(dueMs: number, sweep: DueSweep, onDue: () => void) {
    this.dueMs = dueMs;
    this.#sweep = sweep;
    this.#onDue = onDue;
  }

  /** Its rows came, or failed. @returns false when it was answered without them */
  isInTime(): boolean {
    this.#sweep.remove(this);
    return !this.#isOver;
  }

  due(): void {
    this.#isOver = true;
    this.#sweep.remove(this);
    this.#onDue();
  }
}

/** One for all, as admission's: of most late calls only its code is looked at. */
export const TIME_IS_UP = new ServeError(
  "DEADLINE_EXCEEDED",
  "The features could not be read in the time that the request has",
);

/** Why rows could not be had; undefined = something else is wrong. */
export function lateReason(error: unknown): DegradationReason | undefined {
  if (!(error instanceof ServeError)) return undefined;
  if (error.code === "DEADLINE_EXCEEDED") return "deadline";
  if (error.code === "UNAVAILABLE") return "outage";
  return error.code === "RESOURCE_EXHAUSTED" && error.reason === "shed" ? "overload" : undefined;
}
