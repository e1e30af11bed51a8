/** Three sentinels that watch a primary and its replicas. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPlainRedis, type PlainRedis } from "./plain-redis.ts";
import { type RedisProcess, startRedis } from "./redis-process.ts";
import type { SidecarSetup } from "./sidecar-setup.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

const SENTINELS = 3;
const QUORUM = 2;
const MASTER = "mymaster";
const DOWN_AFTER_MS = 500;
/** Sentinels greet each other every two seconds. */
const MEET_TIMEOUT_MS = 20_000;

export interface SentinelRedis extends PlainRedis {
  readonly sidecar: SidecarSetup;
  /** Port of the primary that every sentinel names; undefined while they differ. */
  primaryPort(): Promise<number | undefined>;
}

export async function openSentinelRedis(stage: Stage, replicas: number): Promise<SentinelRedis> {
  const redis = await openPlainRedis(stage, { replicas });
  const primaryPort = redis.nodes[0]?.port ?? 0;
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, () =>
      startRedis(stage, { configFile: (port, directory) => writeConfiguration(port, directory, primaryPort) }),
    ),
  );
  await until("the sentinels know each other", MEET_TIMEOUT_MS, async () => {
    const known = await Promise.all(sentinels.map((sentinel) => sentinel.info("sentinel")));
    return known.every((info) => info.get("master0")?.includes(`slaves=${replicas},sentinels=${SENTINELS}`));
  });
  return {
    ...redis,
    sidecar: {
      redisType: "redis_sentinel",
      connectionString: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(","),
      sentinelMaster: MASTER,
    },
    primaryPort: () => agreedPort(sentinels),
  };
}

async function agreedPort(sentinels: readonly RedisProcess[]): Promise<number | undefined> {
  const answers = await Promise.all(
    sentinels.map((sentinel) => sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER)),
  );
  const ports = new Set(answers.map((answer) => Number((answer as readonly string[])[1])));
  return ports.size === 1 ? [...ports][0] : undefined;
}

/** The sentinel writes to this file as well. @returns its path */
function writeConfiguration(port: number, directory: string, primaryPort: number): string {
  const file = join(directory, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${directory}`,
    `sentinel monitor ${MASTER} 127.0.0.1 ${primaryPort} ${QUORUM}`,
    `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER} 5000`,
    `sentinel parallel-syncs ${MASTER} 2`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}
