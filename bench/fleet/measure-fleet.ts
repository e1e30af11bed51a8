/** All runs of bench/fleet.ts in their order: off and on take turns, so that a noisy minute is everybody's. */
import { describeMachine } from "../run/machine.ts";
import { createFleetWorld, type FleetWorld } from "./fleet-world.ts";
import { fullTableRun } from "./full-table.ts";
import { manyClientsRun } from "./many-clients.ts";
import { type FleetPlan, rowsOf } from "./plan.ts";
import { quietRun } from "./quiet-run.ts";
import type { FleetResults, FleetRound } from "./results.ts";
import { type SlowClientRun, slowClientRun } from "./slow-client.ts";
import { type Speed, type StormRun, stormRun } from "./storm-run.ts";

const SPEEDS: readonly Speed[] = ["full", "paced"];
const TABLE_SHARE = 0.5;
const LOWERED_LIMIT_BYTES = 1024 * 1024;

/** @param say told what was done, for who watches */
export async function measureFleet(plan: FleetPlan, say: (line: string) => void): Promise<FleetResults> {
  const startMs = performance.now();
  // Before this process is moved to a core, after which Node sees one only.
  const machine = describeMachine();
  const world = await createFleetWorld(plan);
  try {
    const rounds: FleetRound[] = [];
    for (let round = 1; round <= plan.rounds; round += 1) {
      rounds.push(await measureRound(world));
      say(`round ${round} of ${plan.rounds} after ${Math.round((performance.now() - startMs) / 1000)} s`);
    }
    const slow: SlowClientRun[] = [];
    for (const [keys, limitBytes] of [
      [plan.keysPerSidecar, 0],
      [rowsOf(plan), 0],
      [rowsOf(plan), LOWERED_LIMIT_BYTES],
    ] as const) {
      slow.push(await slowClientRun(world, keys, limitBytes));
    }
    const fullTable = await fullTableRun(world, TABLE_SHARE);
    const seconds = (performance.now() - startMs) / 1000;
    return { machine, plan, seconds, rounds, slow, fullTable };
  } finally {
    await world.stop();
  }
}

async function measureRound(world: FleetWorld): Promise<FleetRound> {
  const storms: StormRun[] = [];
  for (const speed of SPEEDS) {
    storms.push(await stormRun(world, { isTracking: false, holders: 1, speed }));
    for (const holders of world.plan.holders) storms.push(await stormRun(world, { isTracking: true, holders, speed }));
  }
  const quiet = [await quietRun(world, false), await quietRun(world, true)];
  const many = [await manyClientsRun(world, false), await manyClientsRun(world, true)];
  return { storms, quiet, many };
}
