/** What the reader process tells of each call, and what it is told; both travel between processes (LoadReport). */

export interface ReadPlan {
  readonly host: string;
  readonly port: number;
  readonly ratePerSecond: number;
  readonly seed: number;
}

export interface ReadRecord {
  /** When the call had left, on the clock of `nowMs`. */
  readonly sentMs: number;
  /** When its end came. */
  readonly endedMs: number;
  /** Name of the gRPC status, `LOST` without an answer, `BROKEN` when the connection went or the answer was unreadable. */
  readonly code: string;
  /** See `RowsRead`. */
  readonly wrong: string;
  readonly states: readonly number[];
  /** What the answer says of itself, "" = it is as good as any. */
  readonly degraded: string;
}
