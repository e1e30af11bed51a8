/** An answer is made column by column, so that a large one can let the event loop turn in between. */

export interface AnswerEncoder {
  /** Column visits until the answer is complete; each is made once, in order. */
  readonly steps: number;
  /** @throws ServeError as the encoder says */
  step(index: number): void;
  /** The answer, once every step was made. */
  finish(): Buffer;
}

/** Makes the whole answer now. */
export function encodeNow(encoder: AnswerEncoder): Buffer {
  for (let index = 0; index < encoder.steps; index += 1) encoder.step(index);
  return encoder.finish();
}

/**
 * Makes the answer in pieces of about `pieceMs`; other requests are served between them.
 * @param nowMs monotonic
 * @param checkpoint called between the pieces; throws when nobody waits for the answer any more
 */
export async function encodeInPieces(
  encoder: AnswerEncoder,
  pieceMs: number,
  nowMs: () => number,
  checkpoint: () => void,
): Promise<Buffer> {
  let pieceEndMs = nowMs() + pieceMs;
  for (let index = 0; index < encoder.steps; index += 1) {
    encoder.step(index);
    if (nowMs() < pieceEndMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    checkpoint();
    pieceEndMs = nowMs() + pieceMs;
  }
  return encoder.finish();
}
