/** The Feast repositories of the suite, built by real Feast once per version of their Python sources and kept. */
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { startChild } from "./child-process.ts";
import type { Manifest, RepoName } from "./manifest.ts";
import { conformanceCache, feastProgram, feastSources } from "./project-root.ts";
import { type RunningRedis, startRedis } from "./start-redis.ts";

const BUILD_TIMEOUT_MS = 120_000;
const DUMP_FILE = "dump.rdb";
/** Sources that do not decide what a repository contains. */
const NOT_HASHED = /^golden/;

export interface Fixture {
  /** Holds a folder per repository, and `manifest.json`. A private copy: tests may change it. */
  readonly dir: string;
  readonly manifest: Manifest;
  /** The Redis server with the data of the `redis` repositories. */
  readonly redis: RunningRedis;
  /** Folder of one repository, with its `feature_store.yaml`. */
  repo(name: RepoName): string;
  /** Stops Redis and removes the copy. */
  stop(): Promise<void>;
}

/**
 * Gives a fresh copy of the built repositories and a Redis server that holds their data; builds them first when the
 * Python sources or the pinned requirements changed.
 * @throws Error with the builder's output when it fails
 */
export async function buildFixture(): Promise<Fixture> {
  const built = join(conformanceCache, await hashSources());
  if (!(await isComplete(built))) await build(built);
  const redis = await startRedis({ rdbFile: join(built, DUMP_FILE) });
  const dir = await mkdtemp(join(tmpdir(), "oracle-repos-"));
  await cp(built, dir, { recursive: true });
  await rm(join(dir, DUMP_FILE));
  const manifestText = await readFile(join(dir, "manifest.json"), "utf8");
  const stored = JSON.parse(manifestText) as Manifest;
  const manifest: Manifest = { ...stored, redisPort: redis.port };
  await writeFile(join(dir, "manifest.json"), JSON.stringify(manifest));
  await pointToRedis(dir, stored.redisPort, redis.port);
  return {
    dir,
    manifest,
    redis,
    repo: (name) => join(dir, name),
    async stop() {
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Builds into a folder beside the final one and renames, so that an aborted build is never taken for a finished one. */
async function build(target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const staging = await mkdtemp(`${target}-`);
  const redis = await startRedis();
  try {
    await runPython(["build.py", "--out", staging, "--redis-port", String(redis.port)]);
    const saved = await redis.command("SAVE");
    if (saved !== "+OK") throw new Error(`Redis could not save the built data: ${saved}`);
    await cp(join(redis.dir, DUMP_FILE), join(staging, DUMP_FILE));
    await rm(target, { recursive: true, force: true });
    await rename(staging, target);
    await removeOlder(target);
  } finally {
    await redis.stop();
    await rm(staging, { recursive: true, force: true });
  }
}

/** Drops what other versions of the sources had built; folders with a dash are builds under way. */
async function removeOlder(target: string): Promise<void> {
  for (const name of await readdir(dirname(target))) {
    if (name === basename(target) || name.includes("-")) continue;
    await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}

/** Runs one of the Python programs beside this suite in the environment with the pinned Feast. */
async function runPython(args: readonly string[]): Promise<void> {
  const child = startChild([feastProgram("python"), "-W", "ignore", ...args], { cwd: feastSources });
  const timer = setTimeout(() => void child.stop(), BUILD_TIMEOUT_MS);
  const code = await new Promise<number | null>((resolve) => {
    child.process.once("error", () => resolve(null));
    child.process.once("close", resolve);
  });
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${args[0]} failed (${child.exited() ?? "still running"}):\n${child.output()}`);
}

/** The configuration files name the port of the server that the repositories were built with. */
async function pointToRedis(dir: string, fromPort: number, toPort: number): Promise<void> {
  for (const entry of await readdir(dir, { recursive: true })) {
    if (!entry.endsWith(".yaml")) continue;
    const path = join(dir, entry);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replaceAll(`127.0.0.1:${fromPort},`, `127.0.0.1:${toPort},`));
  }
}

async function hashSources(): Promise<string> {
  const hash = createHash("sha256");
  const names = (await readdir(feastSources, { recursive: true })).sort();
  for (const name of names) {
    if (NOT_HASHED.test(name) || !/\.(py|txt)$/.test(name)) continue;
    hash
      .update(`${name}\0`)
      .update(await readFile(join(feastSources, name)))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

async function isComplete(dir: string): Promise<boolean> {
  return stat(join(dir, DUMP_FILE)).then(
    () => true,
    () => false,
  );
}
