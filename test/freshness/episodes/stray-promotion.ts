/** REPLICAOF NO ONE: a replica calls itself primary beside the real one. Its data stands still, its connections stay; then it comes back. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import { type FaultWorld, LEAVE_MS, rejoin, rolesOf, SETTLE_MS } from "./fault-world.ts";

export async function strayPromotion({ world, redis, random }: FaultWorld): Promise<void> {
  const replica = random.pick(rolesOf(world).replicas);
  const { port } = redis.linkProxy(world.watches.indexOf(replica));
  const promotedMs = nowMs();
  await replica.node.ask("REPLICAOF", "NO", "ONE");
  replica.role(true, promotedMs);
  await delay(LEAVE_MS + SETTLE_MS);
  const joinedMs = nowMs();
  await replica.node.ask("REPLICAOF", "127.0.0.1", port);
  replica.role(false, nowMs());
  await rejoin(world, [replica], joinedMs);
  world.exclude(replica, { fromMs: promotedMs + LEAVE_MS, toMs: nowMs() - SETTLE_MS });
}
