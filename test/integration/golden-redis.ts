/** For a test file: a Redis with the golden repository's rows, as Feast wrote them, anew before each test. */
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { loadGoldenRedis } from "../helpers/feature-repository.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

export interface GoldenRedis {
  readonly port: number;
  readonly client: Redis;
}

/** Its members are there once a test, or a hook that was registered later, runs. */
export function useGoldenRedis(): GoldenRedis {
  let redis: RunningRedis;
  let client: Redis;
  beforeAll(async () => {
    redis = await startRedis(await freePort());
    client = new Redis({ host: "127.0.0.1", port: redis.port, disableClientInfo: true });
  });
  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });
  beforeEach(async () => {
    await client.flushall();
    await loadGoldenRedis(redis.port);
  });
  return {
    get port() {
      return redis.port;
    },
    get client() {
      return client;
    },
  };
}
