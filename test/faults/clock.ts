/** One clock for all processes of a run, so that a send time of the load and an acknowledgement of the writer can be compared. */

/** Milliseconds of the machine's monotonic clock, the same in every process. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
