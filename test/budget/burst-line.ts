/** What the burst proxy is told, and what it tells of each command that passed; both travel between processes. */
import type { Delays } from "./delay-draw.ts";

export interface BurstPlan {
  readonly port: number;
  readonly targetPort: number;
  readonly delays: Delays;
  readonly seed: number;
}

/** Moments are on the clock of `nowMs` (test/faults/clock.ts), the same in every process. */
export interface BurstLine {
  /** Whose row was asked for; −1 = no row. */
  readonly entity: number;
  /** When the command came by. */
  readonly askedMs: number;
  /** When the burst with the last byte of its reply was let go. Infinity = never. */
  readonly releasedMs: number;
}
