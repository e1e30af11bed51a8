/** What operators see of the nodes: figures of the store over real Redis servers, and the live server's metrics and log lines. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { describe, expect, it, vi } from "vitest";
import type { NodeFigures, StoreState } from "../../src/model/feature-store.ts";
import type { RedisSettings } from "../../src/model/redis-settings.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { askHttp, metric, TRIPS } from "../helpers/ask-sidecar.ts";
import { loadGoldenRedis } from "../helpers/feature-repository.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { driverKeyHex, lookupOf, shapeOf } from "../unit/store/lookup-fixture.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

const { repository, start, atEnd } = useSidecars();
const DEPS = { now: () => performance.now(), random: () => 0 };
const ASK = [lookupOf(shapeOf(["driver_stats", "conv_rate"]), driverKeyHex(1))];

async function redis(...args: string[]): Promise<RunningRedis> {
  const running = await startRedis(await freePort(), () => args);
  atEnd(() => running.stop());
  return running;
}

async function pair(): Promise<{ primary: RunningRedis; replica: RunningRedis }> {
  const primary = await redis("--repl-diskless-sync-delay", "0");
  await loadGoldenRedis(primary.port);
  const replica = await redis("--replicaof", "127.0.0.1", String(primary.port));
  return { primary, replica };
}

function client(port: number, password?: string): Redis {
  const own = { host: "127.0.0.1", port, disableClientInfo: true };
  const made = new Redis(password === undefined ? own : { ...own, password });
  made.on("error", () => {});
  atEnd(() => made.disconnect());
  return made;
}

interface Opened {
  readonly store: RedisStore;
  readonly states: [StoreState, string | undefined][];
  /** Of the node on that port; waits until it is so. */
  readonly becomes: (port: number, wanted: Partial<NodeFigures>) => Promise<void>;
}

function open(port: number, settings: Partial<RedisSettings>): Opened {
  const store = new RedisStore({ ...plainRedis("127.0.0.1", port), ...settings }, "demo", DEPS);
  atEnd(() => store.close());
  const states: Opened["states"] = [];
  store.start((state, reason) => states.push([state, reason]));
  const becomes = (of: number, wanted: Partial<NodeFigures>): Promise<void> =>
    vi.waitFor(
      () => expect(store.figures().nodes.find(({ node }) => node === `127.0.0.1:${of}`)).toMatchObject(wanted),
      { timeout: 8000, interval: 10 },
    );
  return { store, states, becomes };
}

const read = (store: RedisStore): Promise<unknown> => store.read(ASK, performance.now() + 1000);

describe("figures of the store", () => {
  it("count hedges and the gate of a node that stops answering", async () => {
    const { primary, replica } = await pair();
    const hedge = { maxRatio: 1, minDelayMs: 1 };
    const { store, becomes } = open(primary.port, { readFrom: "nearest", hedge });
    await becomes(primary.port, { role: "primary", state: "serving", reason: "primary", lagSeconds: 0 });
    await becomes(replica.port, { role: "replica", state: "serving", reason: "in_sync" });
    for (let i = 0; i < 100; i += 1) await read(store);
    expect(store.figures().nodes.every(({ latencySeconds = 0 }) => latencySeconds > 0 && latencySeconds < 0.5)).toBe(
      true,
    );
    // How long reads usually take is looked at every 20 ms.
    await delay(50);
    // The quickest node is the one that reads go to.
    const [victim] = store.figures().nodes.toSorted((a, b) => (a.latencySeconds ?? 1) - (b.latencySeconds ?? 1));
    const port = Number(victim?.node.split(":")[1]);
    await client(port).call("CLIENT", "PAUSE", "500", "ALL");
    const before = store.figures().reads;
    await Promise.all(Array.from({ length: 20 }, () => read(store)));
    await becomes(port, { state: "gated", reason: "slow" });
    const { nodes, reads } = store.figures();
    const gated = nodes.find(({ node }) => node === victim?.node);
    expect(gated?.inFlight).toBeGreaterThan(0);
    expect(gated?.gateOpened).toBeGreaterThan(victim?.gateOpened ?? 0);
    expect(reads.hedges).toBeGreaterThan(before.hedges);
    expect(reads.hedgesWon).toBeGreaterThan(before.hedgesWon);
    expect(reads.hedgesWon).toBeLessThanOrEqual(reads.hedges);
    expect(reads.staleReads).toBe(0);
    await becomes(port, { state: "serving", inFlight: 0 });
  });

  it("count reads of a node that is known to be behind", async () => {
    const { primary, replica } = await pair();
    const { store, becomes } = open(primary.port, { readFrom: "replica", maxLagMs: 300 });
    await becomes(replica.port, { state: "serving", reason: "in_sync" });
    await becomes(primary.port, { state: "out", reason: "read_from" });
    await read(store);
    expect(store.figures().reads.staleReads).toBe(0);
    await client(replica.port).call("REPLICAOF", "127.0.0.1", "1");
    await client(primary.port).set("later", "1");
    await becomes(replica.port, { state: "serving", reason: "lag" });
    expect(store.figures().nodes.find(({ role }) => role === "replica")?.lagSeconds).toBeGreaterThan(0.3);
    await read(store);
    expect(store.figures().reads.staleReads).toBe(1);
  });

  it("tell a part that failed as up with a reason, and the whole as down once", async () => {
    const { primary, replica } = await pair();
    const { store, states, becomes } = open(primary.port, {});
    await becomes(replica.port, { state: "serving" });
    expect(states).toEqual([["up", undefined]]);
    await replica.stop();
    await becomes(replica.port, { role: "unknown", state: "down", reason: "disconnected" });
    await becomes(primary.port, { state: "serving", reason: "primary" });
    await read(store);
    expect(states.slice(1).every(([state, reason]) => state === "up" && reason?.includes(`:${replica.port}`))).toBe(
      true,
    );
    expect(states.length).toBeGreaterThan(1);
    const seen = states.length;
    await primary.stop();
    await becomes(primary.port, { state: "down" });
    const first = states.slice(seen).findIndex(([state]) => state === "down");
    const news = states.slice(seen);
    expect(news[first]?.[1]).toContain("cannot be reached");
    expect(news.slice(0, first).some(([, reason]) => reason?.includes(`:${primary.port}`))).toBe(false);
    expect(news.slice(first).every(([state]) => state === "down")).toBe(true);
  });
});

async function nodeStates(sidecar: TestSidecar): Promise<string[]> {
  const { body } = await sidecar.admin("/metrics");
  return [
    ...body.matchAll(/^feast_sidecar_redis_node_state\{node="127\.0\.0\.1:(\d+)",role="(\w+)",state="(\w+)"\} 1$/gm),
  ]
    .map(([, port, role, state]) => `${port} ${role} ${state}`)
    .sort();
}

const reasons = (sidecar: TestSidecar): unknown[] => sidecar.events("store_part_failed").map(({ reason }) => reason);

describe("the live server", () => {
  it("shows nodes as metrics and log lines, and a lost replica as a part of the store", async () => {
    const { primary, replica } = await pair();
    const sidecar = await start({ golden: "redis", redisPort: primary.port, sidecar: "{redis: {max_lag: 1s}}" });
    const both = [`${primary.port} primary out`, `${replica.port} replica serving`].sort();
    await vi.waitFor(async () => expect(await nodeStates(sidecar)).toEqual(both), 8000);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    const of = `{node="127.0.0.1:${replica.port}"}`;
    expect(await metric(sidecar, `feast_sidecar_redis_node_latency_seconds${of}`)).toBeGreaterThan(0);
    expect(await metric(sidecar, `feast_sidecar_redis_node_lag_seconds${of}`)).toBeLessThan(1);
    expect(await metric(sidecar, `feast_sidecar_redis_node_in_flight${of}`)).toBe(0);
    // A slow start may hedge to the primary.
    expect(await metric(sidecar, "feast_sidecar_redis_hedges_total")).toBeLessThan(20);
    expect(await metric(sidecar, 'feast_sidecar_redis_budget_refused_total{reason="retry"}')).toBe(0);
    const lines = sidecar.events("redis_node");
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: "info",
        node: `127.0.0.1:${replica.port}`,
        role: "replica",
        state: "serving",
        reason: "in_sync",
      }),
    );
    expect(sidecar.events("store_part_failed")).toEqual([]);

    await delay(1000);
    await replica.stop();
    const alone = [`${primary.port} primary serving`, `${replica.port} unknown down`].sort();
    await vi.waitFor(async () => expect(await nodeStates(sidecar)).toEqual(alone), 8000);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    await vi.waitFor(() =>
      expect(sidecar.events("redis_node").slice(lines.length)).toContainEqual(
        expect.objectContaining({ node: `127.0.0.1:${replica.port}`, state: "down", reason: "disconnected" }),
      ),
    );
    await vi.waitFor(() => expect(reasons(sidecar)).toEqual([expect.stringContaining(`127.0.0.1:${replica.port}`)]));
    expect(sidecar.events("store_part_failed")[0]).toMatchObject({ level: "error", type: "redis" });
    expect([sidecar.events("store_up").length, sidecar.events("store_down").length]).toEqual([1, 0]);
    expect(await metric(sidecar, "feast_sidecar_store_up")).toBe(1);
    expect((await sidecar.admin("/readyz")).status).toBe(200);

    await primary.stop();
    await vi.waitFor(() => expect(sidecar.events("store_down")).toHaveLength(1), 5000);
    expect(await metric(sidecar, "feast_sidecar_store_up")).toBe(0);
  });

  it("serves from a node that refuses INFO and ROLE, and says so", async () => {
    const only = await redis();
    await loadGoldenRedis(only.port);
    await client(only.port).call("ACL", "SETUSER", "default", "-info", "-role");
    const sidecar = await start({ golden: "redis", redisPort: only.port });
    expect(await nodeStates(sidecar)).toEqual([`${only.port} unknown serving`]);
    expect(reasons(sidecar)).toEqual([
      expect.stringMatching(`^redis 127.0.0.1:${only.port} does not say how far its data is: NOPERM`),
    ]);
    expect(sidecar.events().filter(({ event }) => /^store_/.test(String(event)))).toMatchObject([
      { event: "store_up" },
      { event: "store_part_failed" },
    ]);
    expect(
      await metric(sidecar, `feast_sidecar_redis_node_lag_seconds{node="127.0.0.1:${only.port}"}`),
    ).toBeUndefined();
  });

  it("runs the credential command again on SIGHUP, and goes on with the old ones when it fails", async () => {
    const only = await redis("--requirepass", "0ld-pass");
    const admin = client(only.port, "0ld-pass");
    const repo = repository("redis", {
      redisPort: only.port,
      sidecar: "{redis: {credential_command: [./get-token]}}",
    });
    const runs = join(repo.dir, "runs");
    const token = (script: string): void => {
      const path = join(repo.dir, "get-token");
      writeFileSync(`${path}.new`, `#!/bin/sh\necho run >> ${runs}\n${script}\n`, { mode: 0o755 });
      renameSync(`${path}.new`, path);
    };
    const runCount = (): number => (existsSync(runs) ? readFileSync(runs, "utf8").split("\n").length - 1 : 0);
    token("echo 0ld-pass");
    const sidecar = await start({ repo });
    expect(runCount()).toBe(1);
    token("echo n3w-pass");
    await admin.config("SET", "requirepass", "n3w-pass");
    sidecar.signal("SIGHUP");
    await vi.waitFor(() => expect(runCount()).toBe(2), 5000);
    await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await vi.waitFor(async () => expect((await askHttp(sidecar.url)).status).toBe(200), 5000);
    expect(sidecar.events("store_part_failed")).toEqual([]);
    token("echo secret-word; exit 3");
    sidecar.signal("SIGHUP");
    await vi.waitFor(() => expect(reasons(sidecar)).toEqual([expect.stringContaining("credential command")]), 5000);
    expect(runCount()).toBeGreaterThan(2);
    expect((await askHttp(sidecar.url)).status).toBe(200);
    expect(JSON.stringify(sidecar.events())).not.toMatch(/0ld-pass|n3w-pass|secret-word/);
  });
});
