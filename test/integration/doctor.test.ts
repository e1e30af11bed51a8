/** `doctor` against real Redis and real SQLite: what it finds in each state, what it says to do, and its exit codes. */
import { X509Certificate } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterEach, describe, expect, it } from "vitest";
import { loadSettings } from "../../src/config/load-settings.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { runDoctor } from "../../src/doctor/run-doctor.ts";
import {
  copyRepository,
  type GoldenRepository,
  loadGoldenRedis,
  type RepositoryCopy,
} from "../helpers/feature-repository.ts";
import { plainEnvironment, runCli } from "../helpers/run-cli.ts";
import { createTestPki } from "../helpers/test-pki.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanups.splice(0).reverse()) await end();
});

/** @param edit of feature_store.yaml */
function repository(golden: GoldenRepository, edit: (yaml: string) => string = (yaml) => yaml): RepositoryCopy {
  const repo = copyRepository(golden);
  cleanups.push(repo.remove);
  const path = join(repo.dir, "feature_store.yaml");
  writeFileSync(path, edit(readFileSync(path, "utf8")));
  return repo;
}

function redisRepository(connection: string, sidecar = "{}"): RepositoryCopy {
  return repository(
    "redis",
    (yaml) => `${yaml.replace(/connection_string: .*/, `connection_string: "${connection}"`)}sidecar: ${sidecar}\n`,
  );
}

async function redis(args: (directory: string) => readonly string[] = () => []): Promise<RunningRedis> {
  const server = await startRedis(await freePort(), args);
  cleanups.push(() => server.stop());
  return server;
}

async function command(port: number, ...words: readonly string[]): Promise<string> {
  const client = new Redis({ host: "127.0.0.1", port, disableClientInfo: true });
  try {
    return String(await client.call(words[0]!, ...words.slice(1)));
  } finally {
    client.disconnect();
  }
}

interface Examined {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  readonly output: string;
  /** `check level` of those that are not ok. */
  readonly troubles: readonly string[];
}

async function doctor({ dir }: RepositoryCopy): Promise<Examined> {
  const run = await runCli(["doctor", "--chdir", dir, "--json"]);
  expect(run.stderr).toBe("");
  const findings = JSON.parse(run.stdout) as readonly Finding[];
  for (const { level, advice } of findings) expect(advice !== "").toBe(level !== "ok");
  const troubles = findings.filter(({ level }) => level !== "ok").map(({ check, level }) => `${check} ${level}`);
  return { code: run.code, findings, output: run.stdout, troubles };
}

function find({ findings }: Pick<Examined, "findings">, check: string, level: string): Finding[] {
  return findings.filter((each) => each.check === check && each.level === level);
}

describe("SQLite", () => {
  it("is well: everything ok, as text too, and 0", async () => {
    const repo = repository("sqlite");
    const examined = await doctor(repo);
    expect([examined.code, examined.troubles]).toEqual([0, []]);
    expect(find(examined, "key_format", "ok")[0]?.found).toMatch(/^a key \(\w+ [A-Z_0-9]+\) is of .* 3$/);
    const text = await runCli(["doctor", "--chdir", repo.dir]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/^ok +store +.*online\.db: sqlite can be read$/m);
    expect(text.stdout).toMatch(/^0 fail, 0 warn, 0 skip, \d+ ok\n$/m);
  });

  it("has no file, and the registry has none either", async () => {
    const repo = repository("sqlite");
    rmSync(join(repo.dir, "data"), { recursive: true });
    const examined = await doctor(repo);
    expect(examined.code).toBe(1);
    expect(find(examined, "registry", "fail")[0]?.advice).toContain("feast apply");
    expect(find(examined, "store", "fail")).toHaveLength(1);
  });

  it("names views and defaults that the registry does not have", async () => {
    const sidecar = `{cache: {ttl: 60s, views: {nope: {ttl: 1s}}}, budget: {views: {driver_stats: {on_late: default, defaults: {trips: many, gone: 1}}, neither: {on_late: partial}}}}`;
    const examined = await doctor(repository("sqlite", (yaml) => `${yaml}sidecar: ${sidecar}\n`));
    expect(examined.code).toBe(0);
    const found = find(examined, "registry", "warn").map((each) => each.found);
    expect(found).toEqual([
      "sidecar.cache.views names nope, which the registry does not have",
      "sidecar.budget.views names neither, which the registry does not have",
      expect.stringContaining("driver_stats.defaults.trips is not of the feature's type"),
      expect.stringContaining("driver_stats.defaults.gone belongs to no feature of the view"),
    ]);
  });

  it("is not looked at when the configuration is wrong: every problem, 64, secrets masked", async () => {
    const repo = repository(
      "redis",
      (yaml) => `${yaml}sidecar: {listen: nonsense, drain: {wait: 3}, redis: {sentinel: {password: [hunter2]}}}\n`,
    );
    const examined = await doctor(repo);
    expect(examined.code).toBe(64);
    expect(examined.troubles.length).toBeGreaterThanOrEqual(3);
    expect(new Set(examined.troubles)).toEqual(new Set(["configuration fail"]));
    expect(examined.output).not.toContain("hunter2");
  });
});

describe("Redis", () => {
  it("is well: nodes, rights, tracking, clock, a real key", async () => {
    const { port } = await redis();
    await loadGoldenRedis(port);
    const examined = await doctor(redisRepository(`127.0.0.1:${port}`));
    expect([examined.code, examined.troubles]).toEqual([0, []]);
    expect(find(examined, "rights", "ok")[0]?.found).toContain("CLIENT TRACKING");
    expect(find(examined, "key_format", "ok")).toHaveLength(1);
    expect(find(examined, "clock", "ok")).toHaveLength(1);
    expect(find(examined, "tracking", "ok")).toHaveLength(1);
    expect(find(examined, "node", "ok").map(({ found }) => found)).toEqual([
      "primary: serving (primary)",
      expect.stringMatching(/^PING takes \d+\.\d\d ms, at most/),
    ]);
  });

  it("has no key of the project, or keys of another serialization version", async () => {
    const { port } = await redis();
    expect(find(await doctor(redisRepository(`127.0.0.1:${port}`)), "key_format", "warn")[0]?.found).toBe(
      "no key of project demo in db 0",
    );
    await loadGoldenRedis(port);
    const repo = repository("redis", (yaml) =>
      yaml.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`).replace("_version: 3", "_version: 2"),
    );
    const examined = await doctor(repo);
    expect(examined.code).toBe(1);
    expect(find(examined, "key_format", "fail")[0]).toMatchObject({
      found: expect.stringContaining("was written with entity_key_serialization_version 3, configured is 2"),
      advice: expect.stringContaining("set entity_key_serialization_version"),
    });
  });

  it("is gone: says so, tells what to look at, and does not hang", async () => {
    const port = await freePort();
    const examined = await doctor(redisRepository(`127.0.0.1:${port},password=hunter2`));
    expect(examined.code).toBe(1);
    expect(find(examined, "store", "fail")[0]).toMatchObject({
      found: expect.stringContaining("ECONNREFUSED"),
      advice: expect.stringContaining("host and port"),
    });
    expect(examined.output).not.toContain("hunter2");
  });

  it("refuses the password, which is not shown", async () => {
    const { port } = await redis(() => ["--requirepass", "correct"]);
    const examined = await doctor(redisRepository(`127.0.0.1:${port},password=hunter2`));
    expect(examined.code).toBe(1);
    expect(find(examined, "store", "fail")[0]?.advice).toContain("user and password");
    expect(examined.output).not.toContain("hunter2");
  });

  it("has a replica that lost its primary, beside one that serves", async () => {
    const primary = await redis();
    const replica = await redis(() => ["--replicaof", "127.0.0.1", String(primary.port)]);
    await loadGoldenRedis(primary.port);
    while (!(await command(replica.port, "INFO", "replication")).includes("master_link_status:up")) await delay(20);
    const sidecar = `{redis: {replicas: ["127.0.0.1:${replica.port}"]}}`;
    const repo = redisRepository(`127.0.0.1:${primary.port}`, sidecar);
    const before = await doctor(repo);
    expect([before.code, before.troubles]).toEqual([0, []]);
    await command(replica.port, "REPLICAOF", "127.0.0.1", "1");
    const after = await doctor(repo);
    expect(after.code).toBe(0);
    const [node] = find(after, "node", "warn");
    expect(node).toMatchObject({
      subject: `127.0.0.1:${replica.port}`,
      found: expect.stringMatching(/^replica: out \(link_down\)/),
    });
    expect(node?.advice).toContain("master_link_status");
  });

  it("has an old user: no tracking, no INFO, no SCAN; and one who may not even read", async () => {
    const { port } = await redis();
    await loadGoldenRedis(port);
    await command(port, "ACL", "SETUSER", "feast", "on", ">hunter2", "~*demo", "-@all", "+hmget", "+ping");
    const repo = redisRepository(`127.0.0.1:${port},username=feast,password=hunter2`);
    const examined = await doctor(repo);
    expect(examined.code).toBe(0);
    expect(find(examined, "rights", "warn").map(({ found }) => found.split(" is refused")[0])).toEqual([
      "HGETALL",
      "INFO",
      "ROLE",
      "CLIENT TRACKING",
    ]);
    expect(find(examined, "tracking", "warn")[0]?.advice).toContain("+client|tracking");
    expect(examined.troubles).toEqual(expect.arrayContaining(["clock skip", "key_format skip", "node warn"]));
    expect(examined.output).not.toContain("hunter2");
    await command(port, "ACL", "SETUSER", "feast", "-hmget");
    const blind = await doctor(repo);
    expect(blind.code).toBe(1);
    expect(find(blind, "rights", "fail")[0]?.found).toContain("no row can be read");
  });

  it("has the user of docs/redis.md: nothing is missing, and what such a user may not ask is skipped", async () => {
    const page = readFileSync(new URL("../../docs/redis.md", import.meta.url), "utf8");
    const [, words = ""] = /^ACL SETUSER feast (on .*~\*shop .*)$/m.exec(page) ?? [];
    const { port } = await redis();
    await loadGoldenRedis(port);
    await command(port, "ACL", "SETUSER", "feast", ...words.replace("*shop", "*demo").split(" "));
    const examined = await doctor(redisRepository(`127.0.0.1:${port},username=feast,password=PASSWORD`));
    expect([examined.code, examined.troubles]).toEqual([0, ["clock skip", "key_format skip"]]);
  });

  it("does not speak RESP3", async () => {
    const { port } = await redis(() => ["--rename-command", "HELLO", ""]);
    await loadGoldenRedis(port);
    const examined = await doctor(redisRepository(`127.0.0.1:${port}`));
    expect([examined.code, examined.troubles]).toEqual([0, ["tracking warn"]]);
    expect(find(examined, "tracking", "warn")[0]?.found).toContain("RESP3");
  });

  it("is a cluster with a slot that no node has, and with Redis' defaults", async () => {
    const { port } = await redis(() => ["--cluster-enabled", "yes"]);
    await command(port, "CLUSTER", "ADDSLOTSRANGE", "0", "16382");
    const repo = repository("redis", (yaml) =>
      yaml
        .replace(/127\.0\.0\.1:\d+,db=0/, `127.0.0.1:${port}`)
        .replace("type: redis", "type: redis\n  redis_type: redis_cluster"),
    );
    const examined = await doctor(repo);
    expect(examined.code).toBe(1);
    expect(find(examined, "cluster", "fail")[0]?.found).toContain("16383 of 16384 slots");
    expect(find(examined, "cluster", "warn").map(({ advice }) => advice)).toEqual([
      expect.stringContaining("CONFIG SET cluster-require-full-coverage no"),
      expect.stringContaining("CONFIG SET cluster-allow-reads-when-down yes"),
    ]);
  });
});

describe("certificates", () => {
  it("expire, have another name, or another authority", { timeout: 60_000 }, async () => {
    const pki = createTestPki();
    cleanups.push(() => pki.remove());
    const tlsPort = await freePort();
    const { port } = await redis(() => [
      ...["--tls-port", String(tlsPort), "--tls-auth-clients", "no"],
      ...["--tls-cert-file", pki.file("server", "pem"), "--tls-key-file", pki.file("server", "key")],
      ...["--tls-ca-cert-file", pki.file("ca", "pem")],
    ]);
    await loadGoldenRedis(port);
    const expiresMs = Date.parse(new X509Certificate(pki.read("server", "pem")).validTo);
    const tlsFindings = async (repo: RepositoryCopy, epochMs: number): Promise<readonly Finding[]> => {
      const loaded = loadSettings({ flags: { chdir: repo.dir }, env: plainEnvironment(), cwd: repo.dir });
      if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
      const findings = await runDoctor(loaded.settings, { epochMs: () => epochMs, now: () => performance.now() });
      return findings.filter(({ check }) => check === "tls");
    };
    const examine = (ca: "ca" | "stranger", name: string, epochMs: number): Promise<readonly Finding[]> => {
      const sidecar = `{tls: {cert: ${pki.file("server", "pem")}, key: ${pki.file("server", "key")}}, redis: {tls: {ca: ${pki.file(ca, "pem")}, server_name: ${name}}}}`;
      return tlsFindings(redisRepository(`127.0.0.1:${tlsPort},ssl=true`, sidecar), epochMs);
    };
    const well = await examine("ca", "localhost", Date.now());
    expect(well.map(({ level }) => level)).toEqual(["ok", "ok"]);
    const soon = await examine("ca", "localhost", expiresMs - 3_600_000);
    expect(soon.map(({ level, found }) => [level, found])).toEqual([
      ["warn", "CN=server expires in 60 min"],
      ["warn", "CN=server expires in 60 min"],
    ]);
    const late = await examine("ca", "localhost", expiresMs + 60_000);
    expect(late.map(({ level, found }) => [level, found])).toEqual([
      ["fail", "CN=server expired 60 s ago"],
      ["fail", "CN=server expired 60 s ago"],
    ]);
    const misnamed = await examine("ca", "redis.internal", Date.now());
    expect(misnamed.filter(({ level }) => level === "fail")).toEqual([
      expect.objectContaining({ subject: `127.0.0.1:${tlsPort}`, advice: expect.stringContaining("server_name") }),
    ]);
    const foreign = await examine("stranger", "localhost", Date.now());
    expect(foreign.filter(({ level }) => level === "fail")).toEqual([
      expect.objectContaining({ subject: `127.0.0.1:${tlsPort}`, advice: expect.stringContaining("redis.tls.ca") }),
    ]);
    // What shows its certificate as a sentinel is looked at, too, whatever else it is.
    const ofSentinels = await tlsFindings(
      repository(
        "redis",
        (yaml) =>
          `${yaml.replace(/connection_string: .*/, `redis_type: redis_sentinel\n  connection_string: "127.0.0.1:${tlsPort}"`)}sidecar: {redis: {sentinel: {tls: {ca: ${pki.file("ca", "pem")}, server_name: localhost}}}}\n`,
      ),
      expiresMs - 3_600_000,
    );
    expect(ofSentinels).toEqual([
      expect.objectContaining({
        level: "warn",
        subject: `sentinel 127.0.0.1:${tlsPort}`,
        found: "CN=server expires in 60 min",
      }),
    ]);
  });
});
