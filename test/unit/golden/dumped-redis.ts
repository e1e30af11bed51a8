/** A Redis online store without a server: the store's own reading, over hashes that were dumped from real Feast's Redis. */
import type { Redis } from "ioredis";
import type { FeatureStore } from "../../../src/model/feature-store.ts";
import { readLookups } from "../../../src/store/redis/read-lane.ts";
import { RedisConnection, type RedisConnectionOptions } from "../../../src/store/redis/redis-connection.ts";
import { RedisStore } from "../../../src/store/redis/redis-store.ts";
import type { StoreDeps } from "../../../src/store/store-deps.ts";

/** Key → field → value, all in hex. */
export type RedisDump = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** @param options as for a real connection, which is never opened */
export function dumpedRedis(
  dump: RedisDump,
  project: string,
  options: RedisConnectionOptions,
  deps: StoreDeps,
): FeatureStore {
  const store = new RedisStore({ ...options, project }, deps);
  const connection = new RedisConnection(options, deps);
  const projectBytes = Buffer.from(project);
  // Of ioredis only this much is used to read.
  const redis = { pipeline: () => new DumpPipeline(dump) } as unknown as Redis;
  return {
    type: store.type,
    absentCells: store.absentCells,
    readsVersions: store.readsVersions,
    start: (onState) => onState("up"),
    state: () => "up",
    read: (lookups) => readLookups(connection, redis, lookups, projectBytes),
    describe: (lookups) => store.describe(lookups),
    close: () => connection.close(),
  };
}

class DumpPipeline {
  readonly #dump: RedisDump;
  readonly #replies: [null, (Buffer | null)[]][] = [];

  constructor(dump: RedisDump) {
    this.#dump = dump;
  }

  hmgetBuffer(key: Buffer, ...fields: Buffer[]): void {
    const hash = this.#dump[key.toString("hex")];
    const cells = fields.map((field) => {
      const value = hash?.[field.toString("hex")];
      return value === undefined ? null : Buffer.from(value, "hex");
    });
    this.#replies.push([null, cells]);
  }

  exec(): Promise<[null, (Buffer | null)[]][]> {
    return Promise.resolve(this.#replies);
  }
}
