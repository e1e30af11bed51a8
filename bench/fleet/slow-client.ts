/** A client that holds keys and stops reading while they are all written: what Redis has to keep for it, and when it is thrown out. */
import { setTimeout as delay } from "node:timers/promises";
import { BareClient } from "./bare-client.ts";
import type { FleetWorld } from "./fleet-world.ts";

const STOPS_FOR_MS = 2000;
const LOOK_EVERY_MS = 50;
const NO_LIMIT = "0";

export interface SlowClientRun {
  readonly keysHeld: number;
  /** `client-output-buffer-limit normal`, the hard one; 0 = none, as redis.conf has it. */
  readonly limitBytes: number;
  /** Largest `omem` in CLIENT LIST while it did not read; what the kernel's buffers took is not in it. */
  readonly mostOmemBytes: number;
  /** After it stopped reading; undefined = it was not. */
  readonly thrownOutAfterMs: number | undefined;
  /** Got in the end. */
  readonly pushes: number;
  readonly pushBytes: number;
}

/** All rows are written at full speed from the moment on at which it stops reading. */
export async function slowClientRun(world: FleetWorld, keysHeld: number, limitBytes: number): Promise<SlowClientRun> {
  const { redis, materialization } = world;
  const { replica, primary } = redis;
  const client = await BareClient.open(replica.port, true);
  const stride = Math.floor(materialization.rows / keysHeld);
  await client.read(Array.from({ length: keysHeld }, (_, key) => key * stride));
  await replica.ask("CONFIG", "SET", "client-output-buffer-limit", `normal ${limitBytes} 0 0`);
  try {
    client.pause();
    const startMs = performance.now();
    let mostOmemBytes = 0;
    let thrownOutAfterMs: number | undefined;
    const look = async (): Promise<void> => {
      const [line] = await replica.clients(client.id);
      if (line === undefined) thrownOutAfterMs ??= performance.now() - startMs;
      else mostOmemBytes = Math.max(mostOmemBytes, line.omemBytes);
    };
    const writing = materialization.write(primary.port, undefined);
    while (performance.now() - startMs < STOPS_FOR_MS) {
      await look();
      await delay(LOOK_EVERY_MS);
    }
    await writing;
    await redis.untilInSync();
    await look();
    client.resume();
    await untilQuiet(client);
    const { pushes, pushBytes } = client;
    return { keysHeld, limitBytes, mostOmemBytes, thrownOutAfterMs, pushes, pushBytes };
  } finally {
    client.close();
    await replica.ask("CONFIG", "SET", "client-output-buffer-limit", `normal ${NO_LIMIT} 0 0`);
    await redis.forgetTracked();
  }
}

/** Nothing has come for a moment. */
async function untilQuiet(client: BareClient): Promise<void> {
  for (let last = -1; last !== client.pushBytes && !client.isClosed; await delay(LOOK_EVERY_MS))
    last = client.pushBytes;
}
