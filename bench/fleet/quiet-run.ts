/** A fleet while nothing is written: what its pings and samples cost each node, and what single reads cost the replica. */
import { setTimeout as delay } from "node:timers/promises";
import { closeFleet, type FleetWorld, openFleet } from "./fleet-world.ts";
import type { RedisServer } from "./redis-server.ts";
import { type Spent, spent, takeSample } from "./sample.ts";

const SECONDS = 2;
/** Of each sidecar; far apart enough that most come alone, as they do where the hit rate is high. */
const READS_PER_SECOND = 50;

/** Calls of a command and their time inside Redis, sockets not counted. */
export interface CommandCost {
  readonly calls: number;
  readonly micros: number;
}

export interface QuietRun {
  readonly sidecars: number;
  readonly isTracking: boolean;
  /** Nothing is read. */
  readonly idle: Spent;
  /** Of the replica while nothing is read. */
  readonly info: CommandCost;
  readonly ping: CommandCost;
  /** Single rows are read, each for the first time. */
  readonly reading: Spent;
}

export async function quietRun(world: FleetWorld, isTracking: boolean): Promise<QuietRun> {
  const { plan, redis, fleet } = world;
  await openFleet(world, 1, isTracking);
  const costs = await commandCosts(redis.replica);
  const start = await takeSample(world);
  await delay(SECONDS * 1000);
  const idle = spent(start, await takeSample(world));
  const costsAfter = await commandCosts(redis.replica);
  await fleet.call("read", READS_PER_SECOND * plan.sidecars);
  const reading = await takeSample(world);
  await delay(SECONDS * 1000);
  const end = await takeSample(world);
  await closeFleet(world);
  const between = (command: string): CommandCost => {
    const [before, after] = [costs(command), costsAfter(command)];
    return { calls: after.calls - before.calls, micros: after.micros - before.micros };
  };
  const { sidecars } = plan;
  return { sidecars, isTracking, idle, info: between("info"), ping: between("ping"), reading: spent(reading, end) };
}

async function commandCosts(server: RedisServer): Promise<(command: string) => CommandCost> {
  const stats = await server.info("commandstats");
  return (command) => {
    const [, calls, micros] = /^calls=(\d+),usec=(\d+)/.exec(stats.get(`cmdstat_${command}`) ?? "") ?? [];
    return { calls: Number(calls ?? 0), micros: Number(micros ?? 0) };
  };
}
