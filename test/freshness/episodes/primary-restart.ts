/** The primary dies and comes back with its data; its replicas, which it does not know any more, are filled anew. */
import { type FaultWorld, rejoin, restartPrimary, rolesOf } from "./fault-world.ts";

const AWAY_MS = 500;

export async function primaryRestart({ world }: FaultWorld): Promise<void> {
  const { primary, replicas } = rolesOf(world);
  const { killedMs, restartedMs } = await restartPrimary(world, "kept", AWAY_MS);
  world.exclude(primary, { fromMs: killedMs, toMs: restartedMs });
  world.writer.start();
  await rejoin(world, replicas, restartedMs);
}
