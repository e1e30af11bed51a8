/** What the process of the leaving callers is told, and what it tells of each call; both travel between processes. */

export interface LeavingPlan {
  readonly host: string;
  readonly port: number;
  /** All but every tenth leave. */
  readonly ratePerSecond: number;
  readonly leaveAfterMs: number;
}

export interface LeavingCall {
  readonly firstEntity: number;
  readonly rows: number;
  /** Under what socket-stamps.ts knows it. */
  readonly clientPort: number;
  readonly stream: number;
}

/** Of a call whose rows are read piece by piece. */
export const LARGE_ROWS = 500;
