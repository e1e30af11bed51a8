/** Connections to Redis and from clients come and go a thousand times; nothing may be left of them. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../clock.ts";
import { notesOf, rightValues, soundControl } from "../figures.ts";
import { LoadClient } from "../load-client.ts";
import { openPlainRedis } from "../plain-redis.ts";
import { createFigureReader } from "../process-figures.ts";
import type { RunOptions, Scenario, ScenarioRun } from "../scenario.ts";
import { requestOf, SETTLED_ENTITIES } from "../versioned-data.ts";
import { openWorld } from "../world.ts";

const LONG = { cycles: 1_000, everyMs: 600, heapGrowthBytes: 3 * 2 ** 20 };
/** So soon after the start the compiler is still at work, and its code counts as heap. */
const SHORT = { cycles: 20, everyMs: 120, heapGrowthBytes: 6 * 2 ** 20 };
/** Until cut connections are back and the last garbage is let go. */
const SETTLE_MS = 1_000;
/** A socket or timer may be on its way at either moment. */
const SPARE = 2;

export const connectCycles: Scenario = {
  name: "connect-cycles",
  title: "1,000 connect/disconnect cycles, 10 minutes of load",
  bar: "sockets, timers, heap after GC flat",
  mostRepeats: 1,
  run,
};

async function run(options: RunOptions): Promise<ScenarioRun> {
  const { cycles, everyMs, heapGrowthBytes } = options.short ? SHORT : LONG;
  const redis = await openPlainRedis(options.stage, { replicas: 1, readProxies: [0, 1] });
  const figures = createFigureReader(options.stage);
  const world = await openWorld(options, { ...redis, sidecar: { ...redis.sidecar, env: figures.env } });
  // The first cycles fill caches and pools.
  const cycle = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) {
      redis.readProxy(done % 2).cut();
      await comeAndGo(world.sidecar.address);
      await delay(everyMs);
    }
  };
  await cycle(cycles / 10);
  await delay(SETTLE_MS);
  const before = await figures.read(world.sidecar.pid);
  const startMs = nowMs();
  await cycle(cycles);
  const endMs = nowMs();
  await delay(SETTLE_MS);
  const afterwards = await figures.read(world.sidecar.pid);
  const { control, summary } = await world.finish();
  const fault = summary(startMs, endMs);
  const made = redis.readProxy(0).accepted + redis.readProxy(1).accepted;
  return {
    figures: [
      ...soundControl(control, world, [0, 1]),
      ...rightValues(fault),
      { name: "failed", value: fault.failed, unit: "calls" },
      { name: "connections made to Redis", value: made, unit: "connections", atLeast: cycles },
      { name: "sockets more", value: afterwards.sockets - before.sockets, unit: "sockets", atMost: SPARE },
      { name: "timers more", value: afterwards.timers - before.timers, unit: "timers", atMost: SPARE },
      {
        name: "heap after GC more",
        value: (afterwards.heapBytes - before.heapBytes) / 2 ** 20,
        unit: "MiB",
        atMost: heapGrowthBytes / 2 ** 20,
      },
      { name: "heap after GC", value: afterwards.heapBytes / 2 ** 20, unit: "MiB" },
      { name: "resident memory", value: afterwards.rssBytes / 2 ** 20, unit: "MiB" },
    ],
    notes: notesOf({ control, fault }),
  };
}

/** A client that connects, asks once and leaves; what it is told is not what this is about. */
async function comeAndGo(address: string): Promise<void> {
  const colon = address.lastIndexOf(":");
  const client = new LoadClient(address.slice(0, colon), Number(address.slice(colon + 1)));
  await new Promise<void>((resolve) => {
    client.call(requestOf(SETTLED_ENTITIES.slice(0, 1)), 1_000, () => resolve());
  });
  client.close();
}
