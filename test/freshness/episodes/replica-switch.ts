/** A replica that is read from dies and another takes over; it comes back empty, and is filled anew by its primary. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import { type FaultWorld, rejoin, rolesOf, SETTLE_MS } from "./fault-world.ts";

export async function replicaSwitch({ world, random }: FaultWorld): Promise<void> {
  const replica = random.pick(rolesOf(world).replicas);
  const killedMs = nowMs();
  replica.detach();
  await replica.node.kill();
  await delay(SETTLE_MS);
  const restartedMs = nowMs();
  await replica.node.restart("empty");
  await replica.attach();
  await rejoin(world, [replica], restartedMs);
  world.exclude(replica, { fromMs: killedMs, toMs: nowMs() - SETTLE_MS });
}
