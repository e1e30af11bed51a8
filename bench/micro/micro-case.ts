/** One micro benchmark. */

export interface PreparedCase {
  /** Operations of one `run`; figures are per operation. */
  readonly ops: number;
  /** Looks at what `run` makes. @throws Error when it is not right */
  readonly check: () => void;
  /** What it gives back is kept, so that no engine can leave the work out. */
  readonly run: () => unknown;
}

export interface MicroCase {
  /** `room: what, size` */
  readonly name: string;
  /** Everything that is not measured. */
  readonly prepare: () => PreparedCase;
}

/** @throws Error with both texts unless they are equal */
export function expectEqual(what: string, got: unknown, wanted: unknown): void {
  const [gotText, wantedText] = [text(got), text(wanted)];
  if (gotText !== wantedText) throw new Error(`${what} is ${gotText}, not ${wantedText}`);
}

function text(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString("hex") : String(value);
}
