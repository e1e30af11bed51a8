/** What bench/fleet.ts writes. */
import type { Machine } from "../run/machine.ts";
import type { FullTableRun } from "./full-table.ts";
import type { ManyClientsRun } from "./many-clients.ts";
import type { FleetPlan } from "./plan.ts";
import type { QuietRun } from "./quiet-run.ts";
import type { SlowClientRun } from "./slow-client.ts";
import type { StormRun } from "./storm-run.ts";

/** Tracking off and on, in turn. */
export interface FleetRound {
  readonly storms: readonly StormRun[];
  readonly quiet: readonly QuietRun[];
  readonly many: readonly ManyClientsRun[];
}

export interface FleetResults {
  readonly machine: Machine;
  readonly plan: FleetPlan;
  readonly seconds: number;
  readonly rounds: readonly FleetRound[];
  readonly slow: readonly SlowClientRun[];
  readonly fullTable: FullTableRun;
}
