/** Who waits for a read of the store, and one time that rows were asked for of one node, as a trace shows it. */
import type { Priority } from "./request.ts";

export interface ReadAttempt {
  /** `host:port`. */
  readonly node: string;
  readonly role: "primary" | "replica" | "unknown";
  /** "" = not known. */
  readonly zone: string;
  /** `hedge` = because the first took longer than usual; `retry` = because it failed, or was silent. */
  readonly kind: "first" | "hedge" | "retry";
  readonly keys: number;
  /** Monotonic milliseconds. */
  readonly sentMs: number;
  /** When it was answered, failed, or given up. */
  endMs: number;
  /** Of the rows; 0 unless it answered first. */
  bytes: number;
  /** `answered` = its rows are those of the call; `abandoned` = another one was first, or nobody waits any more. */
  outcome: "answered" | "failed" | "abandoned";
}

/** Whoever waits for the rows of a read. */
export interface ReadCaller {
  /** Turns true when nobody does any more. */
  readonly cancelled: boolean;
  /** Absent = `live`. */
  readonly priority?: Priority;
  /** Takes what is asked of which node; undefined = nobody looks at that, and none are made. */
  readonly attempts?: ReadAttempt[] | undefined;
}
