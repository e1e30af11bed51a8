/** FAILOVER: primary and replica change places without losing a write, and back again. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import { until } from "../../faults/until.ts";
import type { FreshWorld } from "../fresh-world.ts";
import type { NodeWatch } from "../node-watch.ts";
import { type FaultWorld, rejoin, rolesOf, SETTLE_MS } from "./fault-world.ts";

const TIMEOUT_MS = 5_000;

export async function failover({ world, redis }: FaultWorld): Promise<void> {
  const { primary, replicas } = rolesOf(world);
  const successor = replicas[0] as NodeWatch;
  await changePlaces(world, primary, successor);
  await delay(SETTLE_MS);
  await changePlaces(world, successor, primary);
  // It followed the primary directly; the next episodes need the link that can be cut.
  const sinceMs = nowMs();
  await successor.node.ask("REPLICAOF", "127.0.0.1", redis.linkProxy(world.watches.indexOf(successor)).port);
  await rejoin(world, [successor], sinceMs);
}

async function changePlaces(world: FreshWorld, from: NodeWatch, to: NodeWatch): Promise<void> {
  await from.node.ask("FAILOVER", "TO", "127.0.0.1", to.node.port, "TIMEOUT", TIMEOUT_MS);
  await until("a failover", TIMEOUT_MS, async () => {
    const [after, before] = [await to.node.info("replication"), await from.node.info("replication")];
    return after.get("role") === "master" && before.get("master_link_status") === "up";
  });
  to.role(true, nowMs());
  from.role(false, nowMs());
  await world.writeTo(to);
}
