/** All proofs of the budget, in the order of the page. */
import type { Scenario } from "../faults/scenario.ts";
import { delaysBimodal, delaysHedged, delaysUniform } from "./scenarios/delays.ts";
import { leavingCallers } from "./scenarios/leaving.ts";
import { ledgerAddsUp, ledgerLargeBody, ledgerLoop } from "./scenarios/ledger.ts";
import { oddDeadlines } from "./scenarios/odd-deadlines.ts";
import { overloadMixed, overloadSingle, overloadWide } from "./scenarios/overload.ts";
import { noisyNeighbour, refusalCost } from "./scenarios/refusals.ts";

export const SCENARIOS: readonly Scenario[] = [
  delaysUniform,
  delaysBimodal,
  delaysHedged,
  overloadWide,
  overloadMixed,
  overloadSingle,
  refusalCost,
  noisyNeighbour,
  ledgerAddsUp,
  ledgerLoop,
  ledgerLargeBody,
  leavingCallers,
  oddDeadlines,
];
