/** What bench/extras.ts writes: medians over its rounds, and the rounds. */
import type { Machine } from "./machine.ts";

export interface ExtrasResults {
  readonly machine: Machine;
  /** The sidecar's transport and V8 flags, and whose build it was. */
  readonly transport: string;
  readonly readyMs: number;
  readonly firstCallsP99Ms: number;
  /** Single rows alone, and beside requests of 1,000 rows. */
  readonly aloneP99Ms: number;
  readonly besideP99Ms: number;
  readonly addedP99Ms: number;
  /** The control: the same for single rows that are read from Redis without the sidecar. */
  readonly addedToBareRedisP99Ms: number;
  readonly sidecarBytesPerCall: number;
  readonly baselineBytesPerCall: number;
  readonly rounds: unknown;
}
