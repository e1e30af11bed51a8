/** Redis behind proxies that hold back its replies; moving rows are written past them. */
import { fileURLToPath } from "node:url";
import { type CheckedLoad, startLoadProcess } from "../faults/checked-load.ts";
import { freePort } from "../faults/free-port.ts";
import { type RedisProcess, startRedis, untilInSync } from "../faults/redis-process.ts";
import type { SidecarSetup } from "../faults/sidecar-setup.ts";
import type { Stage } from "../faults/stage.ts";
import { PrimaryRoute } from "../faults/write-route.ts";
import { createWriter, type Writer } from "../faults/writer.ts";
import type { BurstLine, BurstPlan } from "./burst-line.ts";
import type { Delays } from "./delay-draw.ts";
import { pinProcess } from "./pin-process.ts";

/** The program. */
export const BURST_PROXY = fileURLToPath(new URL("./burst-proxy.ts", import.meta.url));

export interface DelayedOptions {
  /** A primary, and its replicas. */
  readonly nodes: number;
  readonly delays: Delays;
  readonly seed: number;
  /** Of the moving rows; 200 unless told. */
  readonly writesPerSecond?: number | undefined;
  /** Of all processes here. */
  readonly cores: string | undefined;
}

export interface DelayedRedis {
  readonly writer: Writer;
  readonly sidecar: SidecarSetup;
  /** From now on replies are held back. */
  beginDelays(): void;
  /** Ends the proxies. @returns what passed through them */
  stop(): Promise<readonly BurstLine[]>;
}

/** Starts them, writes the data, and waits until every replica has it. */
export async function openDelayedRedis(stage: Stage, options: DelayedOptions): Promise<DelayedRedis> {
  const nodes: RedisProcess[] = [];
  const proxies: CheckedLoad<BurstLine>[] = [];
  const addresses: string[] = [];
  for (let node = 0; node < options.nodes; node += 1) {
    const plan: BurstPlan = {
      port: await freePort(),
      targetPort: await freePort(),
      delays: options.delays,
      seed: options.seed + node,
    };
    const ofReplica = [
      ...["--replicaof", `127.0.0.1 ${nodes[0]?.port}`],
      ...["--replica-announce-ip", "127.0.0.1", "--replica-announce-port", String(plan.port)],
    ];
    const redis = await startRedis(stage, { args: node === 0 ? [] : ofReplica }, plan.targetPort);
    pinProcess(redis.pid, options.cores);
    nodes.push(redis);
    addresses.push(`127.0.0.1:${plan.port}`);
    proxies.push(await startLoadProcess<BurstLine>(stage, BURST_PROXY, plan, options.cores));
  }
  const [primary, ...replicas] = nodes as [RedisProcess, ...RedisProcess[]];
  const writer = createWriter(stage, new PrimaryRoute(stage, primary.port), options.writesPerSecond);
  await writer.writeAll();
  await untilInSync(primary, replicas);
  return {
    writer,
    sidecar: {
      redisType: "redis",
      connectionString: addresses[0] as string,
      redis: replicas.length === 0 ? {} : { replicas: addresses.slice(1), read_from: "nearest" },
    },
    beginDelays: () => {
      for (const { pid } of proxies) process.kill(pid, "SIGUSR2");
    },
    stop: async () => (await Promise.all(proxies.map((proxy) => proxy.stop()))).flat(),
  };
}
