/** The link between a replica and its primary is cut; the sidecar's connections to the replica stay, and tell no more changes. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import { type FaultWorld, LEAVE_MS, rejoin, rolesOf, SETTLE_MS } from "./fault-world.ts";

export async function linkCut({ world, redis, random, turn }: FaultWorld): Promise<void> {
  const replica = random.pick(rolesOf(world).replicas);
  const link = redis.linkProxy(world.watches.indexOf(replica));
  const cutMs = nowMs();
  // In turn nothing passes any more while the replica says that its link is up, and the link is closed and refused.
  if (turn % 2 === 0) link.silence();
  else await link.refuse();
  await delay(LEAVE_MS + SETTLE_MS);
  const joinedMs = nowMs();
  world.exclude(replica, { fromMs: cutMs + LEAVE_MS, toMs: joinedMs });
  link.speak();
  await link.open();
  await rejoin(world, [replica], joinedMs);
}
