/** CLIENT KILL: the sidecar's connections go, the nodes stay. What came over them may change without a word. */
import { setTimeout as delay } from "node:timers/promises";
import type { RedisProcess } from "../../faults/redis-process.ts";
import { type FaultWorld, SETTLE_MS } from "./fault-world.ts";

/** In the sidecar's connection string. */
export const CLIENT_NAME = "under-test";
const KILLS = 4;
const PAUSE_MS = 200;

export async function killConnections({ world, random }: FaultWorld): Promise<void> {
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { node } = random.pick(world.watches);
    // The connection that tells of changes alone, or all of them.
    killed += await killClients(node, kill % 2 === 0);
    await delay(PAUSE_MS);
  }
  if (killed === 0) throw new Error("the sidecar had no connection that could be killed");
  await delay(SETTLE_MS);
}

/** @returns how many there were */
async function killClients(node: RedisProcess, onlyTracking: boolean): Promise<number> {
  const lines = String(await node.ask("CLIENT", "LIST")).split("\n");
  const ours = lines.filter(
    (line) => line.includes(` name=${CLIENT_NAME} `) && (!onlyTracking || / flags=\S*t/.test(line)),
  );
  for (const line of ours) await node.ask("CLIENT", "KILL", "ID", /^id=(\d+)/.exec(line)?.[1] ?? "");
  return ours.length;
}
