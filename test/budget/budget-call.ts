/** What the call process of the delays is told, and what it tells of each call; both travel between processes. */
import type { RowKind } from "./row-kinds.ts";

export interface BudgetCallPlan {
  readonly host: string;
  /** Of the sidecar, and of the echo that is the control. */
  readonly port: number;
  readonly echoPort: number;
  /** Of all deadlines together; the echo gets as many. */
  readonly ratePerSecond: number;
  /** They take turns, each on a connection of its own. */
  readonly deadlinesMs: readonly number[];
  /** Before the process says that it is ready, every question is asked so often. */
  readonly warmUpRounds: number;
}

export interface BudgetCall {
  readonly server: "sidecar" | "echo";
  readonly deadlineMs: number;
  readonly entities: readonly number[];
  /** When it should have left, when it left, when its end came (Infinity = never): on the clock of `nowMs`. */
  readonly dueMs: number;
  readonly sentMs: number;
  readonly endedMs: number;
  /** Number of the gRPC status, "0" = OK; or what else ended it, in words. */
  readonly code: string;
  /** One for each entity of an OK answer. */
  readonly rows: readonly RowKind[];
  readonly degraded: string;
  readonly budget: string;
  /** Its own port and its stream: under what socket-stamps.ts knows it. */
  readonly clientPort: number;
  readonly stream: number;
}
