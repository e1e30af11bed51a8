/** The primary dies and comes back with its data; its replicas, which it does not know any more, are filled anew. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import { type FaultWorld, rejoin, rolesOf } from "./fault-world.ts";

const AWAY_MS = 500;

export async function primaryRestart({ world }: FaultWorld): Promise<void> {
  const { primary, replicas } = rolesOf(world);
  const killedMs = nowMs();
  primary.detach();
  await primary.node.kill();
  await world.writer.stop();
  await delay(AWAY_MS);
  const restartedMs = nowMs();
  await primary.node.restart("kept");
  await primary.attach();
  await primary.adopt(restartedMs);
  world.exclude(primary, { fromMs: killedMs, toMs: restartedMs });
  world.writer.start();
  await rejoin(world, replicas, restartedMs);
}
