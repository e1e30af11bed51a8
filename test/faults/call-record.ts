/** What the load process tells about a call, and what it is told; both travel between processes. */

export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  readonly ratePerSecond: number;
  /** `grpc-timeout` of each call. */
  readonly deadlineMs: number;
  readonly seed: number;
}

export interface CallRecord {
  /** When the call should have left, on the clock of {@link nowMs}. */
  readonly dueMs: number;
  /** When it left. */
  readonly sentMs: number;
  /** When its end came; Infinity = it never came. */
  readonly endedMs: number;
  /** Name of the gRPC status, `LOST` without an answer, `BROKEN` when the connection went or the answer was unreadable. */
  readonly code: string;
  /** First wrong cell of the rows, "" = none. */
  readonly wrong: string;
  /** First row without a value: its entity, −1 = none. */
  readonly nullEntity: number;
  /** Entity, version, entity, version, …: the rows that change. */
  readonly versions: readonly number[];
  readonly rows: number;
  /** The answer says that it is degraded. */
  readonly degraded: string;
}

/** From the load process: it is connected, or some calls have ended. */
export type LoadReport<T = CallRecord> =
  | { readonly kind: "ready" }
  | { readonly kind: "calls"; readonly calls: readonly T[] }
  | { readonly kind: "done" };
