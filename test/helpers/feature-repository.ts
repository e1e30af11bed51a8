/** Private copies of the checked-in repositories that real Feast wrote (test/fixtures/golden), for tests that change them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";

/** Project `demo` in each; `versions-sqlite` has other views (`ds`, `cu`, `fixed`) than the other two. */
export type GoldenRepository = "sqlite" | "redis" | "versions-sqlite";

export interface RepositoryCopy {
  readonly dir: string;
  readonly registry: string;
  remove(): void;
}

export interface RepositoryOptions {
  /** Text of the `sidecar:` map, indented or in flow style; none when left out. */
  readonly sidecar?: string;
  /** Port of the Redis server that the repository names. */
  readonly redisPort?: number;
}

/** Absolute path of a file in a checked-in repository. */
export function goldenFile(name: GoldenRepository, file: string): string {
  return fileURLToPath(new URL(`../fixtures/golden/${name}-repo/${file}`, import.meta.url));
}

export function copyRepository(name: GoldenRepository, options: RepositoryOptions = {}): RepositoryCopy {
  const dir = mkdtempSync(join(tmpdir(), "feast-sidecar-repo-"));
  cpSync(goldenFile(name, "."), dir, { recursive: true });
  let yaml = readFileSync(join(dir, "feature_store.yaml"), "utf8");
  if (options.redisPort !== undefined) yaml = yaml.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${options.redisPort}`);
  if (options.sidecar !== undefined) yaml += `sidecar: ${options.sidecar}\n`;
  writeFileSync(join(dir, "feature_store.yaml"), yaml);
  return {
    dir,
    registry: join(dir, "data/registry.db"),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Writes what real Feast wrote into the checked-in `redis` repository. @returns the number of keys */
export async function loadGoldenRedis(port: number): Promise<number> {
  const text = readFileSync(goldenFile("redis", "data/redis.json"), "utf8");
  const hashes = Object.entries(JSON.parse(text) as Record<string, Record<string, string>>);
  const redis = new Redis({ host: "127.0.0.1", port, disableClientInfo: true });
  try {
    const pipeline = redis.pipeline();
    for (const [key, fields] of hashes) {
      const flat = Object.entries(fields).flatMap(([field, value]) => [
        Buffer.from(field, "hex"),
        Buffer.from(value, "hex"),
      ]);
      pipeline.hset(Buffer.from(key, "hex"), ...flat);
    }
    await pipeline.exec();
    return await redis.dbsize();
  } finally {
    redis.disconnect();
  }
}
