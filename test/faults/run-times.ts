/** How long the parts of a run take, and the options of the sidecar that go with them. */

export interface RunTimes {
  readonly warmUpMs: number;
  /** The control, and the same again under the fault. */
  readonly phaseMs: number;
  readonly maxLagMs: number;
  /** How old an answer may be. */
  readonly boundMs: number;
}

/** A replica leaves the set within this many times `max_lag`. */
export const LAG_FACTOR = 1.5;

export function runTimes(short: boolean): RunTimes {
  const maxLagMs = short ? 400 : 1_000;
  return {
    warmUpMs: short ? 500 : 3_000,
    phaseMs: short ? 1_500 : 5_000,
    maxLagMs,
    boundMs: maxLagMs * LAG_FACTOR,
  };
}
