/** Everything that a measurement of the fleet works with, started once. */
import { availableParallelism } from "node:os";
import { ChildProgram } from "./child-calls.ts";
import type { ControlCalls } from "./control-reads.ts";
import { chooseFleetCores, pinSelf } from "./cores.ts";
import { Materialization } from "./materialization.ts";
import { type FleetPlan, rowsOf } from "./plan.ts";
import { RedisPair } from "./redis-pair.ts";
import type { SidecarCalls } from "./sidecars.ts";

export interface FleetWorld {
  readonly plan: FleetPlan;
  readonly redis: RedisPair;
  readonly fleet: ChildProgram<SidecarCalls>;
  readonly control: ChildProgram<ControlCalls>;
  readonly materialization: Materialization;
  stop(): Promise<void>;
}

/** All rows are there, on both nodes. @throws Error when redis-server is missing or does not start */
export async function createFleetWorld(plan: FleetPlan): Promise<FleetWorld> {
  const cores = chooseFleetCores(availableParallelism());
  pinSelf(cores.writer);
  const redis = await RedisPair.start(cores);
  const fleet = new ChildProgram<SidecarCalls>(new URL("./sidecars.ts", import.meta.url), cores.sidecars);
  const control = new ChildProgram<ControlCalls>(new URL("./control-reads.ts", import.meta.url), cores.control);
  const stop = async (): Promise<void> => {
    await Promise.all([fleet.stop(), control.stop()]);
    await redis.stop();
  };
  try {
    const materialization = new Materialization(rowsOf(plan));
    await materialization.write(redis.primary.port, undefined);
    await redis.untilInSync();
    await control.call("open", { port: redis.replica.port, rows: materialization.rows });
    return { plan, redis, fleet, control, materialization, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function openFleet(world: FleetWorld, holders: number, isTracking: boolean): Promise<void> {
  const { plan, redis } = world;
  return world.fleet.call("open", { plan, holders, primaryPort: redis.primary.port, isTracking });
}

/** Ends the fleet. @throws Error when something went wrong with a sidecar: what was measured is not what is meant */
export async function closeFleet({ fleet, redis }: FleetWorld): Promise<void> {
  const { failed, problem } = await fleet.call("figures");
  await fleet.call("close");
  await redis.forgetTracked();
  if (failed > 0 || problem !== "") throw new Error(`${failed} reads of sidecars failed; ${problem}`);
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
