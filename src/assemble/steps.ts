/** An answer is made column by column, so that a large one can let the event loop turn in between. */
import type { TimeSlices } from "../timing/time-slices.ts";

export interface Steps {
  /** Column visits until it is complete; each is made once, in order. */
  readonly steps: number;
  /** @throws ServeError as the implementation says */
  step(index: number): void;
}

export interface AnswerEncoder extends Steps {
  /** The answer, once every step was made. */
  finish(): Buffer;
}

/** Makes all steps now. */
export function stepNow(work: Steps): void {
  for (let index = 0; index < work.steps; index += 1) work.step(index);
}

/** Makes all steps; other requests are served in between. @throws what a step or the slices' checkpoint throws */
export async function stepInSlices(work: Steps, slices: TimeSlices): Promise<void> {
  for (let index = 0; index < work.steps; index += 1) {
    if (slices.isOver) await slices.next();
    work.step(index);
  }
}
