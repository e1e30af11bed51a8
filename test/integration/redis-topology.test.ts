/** Topologies against real processes: what they learn, and how soon they see a change. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RedisAddress, RedisSettings } from "../../src/model/redis-settings.ts";
import { keySlot } from "../../src/store/redis/cluster/key-slot.ts";
import { SlotTable } from "../../src/store/redis/cluster/slot-table.ts";
import { AddressMap } from "../../src/store/redis/control/address-map.ts";
import { ControlConnection } from "../../src/store/redis/control/control-connection.ts";
import { Credentials } from "../../src/store/redis/control/credentials.ts";
import type { NodeReport } from "../../src/store/redis/control/node-report.ts";
import { parseInfo } from "../../src/store/redis/control/parse-info.ts";
import { runCommand } from "../../src/store/redis/control/run-command.ts";
import { ClusterTopology } from "../../src/store/redis/topology/cluster-topology.ts";
import type { OpenLink } from "../../src/store/redis/topology/node-link.ts";
import { PlainTopology } from "../../src/store/redis/topology/plain-topology.ts";
import { SentinelTopology } from "../../src/store/redis/topology/sentinel-topology.ts";
import type { Topology, WantedSet } from "../../src/store/redis/topology/topology.ts";
import { type ClusterRedis, openClusterRedis, PRIMARIES } from "../faults/cluster-redis.ts";
import { connectRedis } from "../faults/connect-redis.ts";
import { openPlainRedis } from "../faults/plain-redis.ts";
import type { RedisProcess } from "../faults/redis-process.ts";
import { openSentinelRedis, type SentinelRedis } from "../faults/sentinel-redis.ts";
import { migrateSlots } from "../faults/slot-migration.ts";
import { Stage } from "../faults/stage.ts";
import { until } from "../faults/until.ts";
import { createRandom } from "../helpers/random.ts";

const DEPS = { now: () => performance.now(), random: Math.random };
const NO_MAP = new AddressMap(new Map());

/** What a test opens. */
const stage = new Stage();
afterEach(() => stage.close());

const at = (port: number): RedisAddress => ({ host: "127.0.0.1", port });
const addressesOf = (connectionString: string): RedisAddress[] =>
  connectionString.split(",").map((node) => at(Number(node.split(":")[1])));

function openLink(kind: "redis" | "sentinel"): OpenLink {
  const credentials = new Credentials(
    { username: undefined, password: undefined, command: [] },
    { ...DEPS, wallNow: Date.now, run: runCommand, onFailed: () => {} },
  );
  return (address, events) =>
    new ControlConnection(
      { kind, address, credentials, tls: undefined, clientName: undefined, connectTimeoutMs: 1000 },
      DEPS,
      events,
    );
}

interface Watched {
  readonly topology: Topology;
  readonly problems: string[];
  sets: readonly WantedSet[];
  pictures: number;
}

function watch(make: (events: ConstructorParameters<typeof ClusterTopology>[4]) => Topology): Watched {
  const problems: string[] = [];
  const watched: Watched = {
    topology: make({
      onSets: (sets) => {
        watched.sets = sets;
        watched.pictures += 1;
      },
      onProblem: (reason) => problems.push(reason),
    }),
    problems,
    sets: [],
    pictures: 0,
  };
  stage.own(() => watched.topology.close());
  watched.topology.start();
  return watched;
}

/** Ports of a set: the primary's (or what is not known) first, then the replicas', ascending. */
function portsOf(set: WantedSet | undefined): string {
  const ports = (role: string | undefined): number[] =>
    (set?.nodes ?? []).filter((node) => node.role === role).map(({ address }) => address.port);
  return [...ports("primary"), ...ports(undefined).toSorted(), "|", ...ports("replica").toSorted()].join(" ");
}

async function reportOf(node: RedisProcess): Promise<NodeReport> {
  return parseInfo(Buffer.from(String(await node.ask("INFO"))), 0)!;
}

test("plain: a primary names its replicas, a replica its primary", async () => {
  const { nodes } = await openPlainRedis(stage, { replicas: 2 });
  const ports = nodes.map(({ port }) => port);
  const all = [...ports].toSorted().join(" ");
  for (const start of [0, 1]) {
    const plain = watch(
      (events) =>
        new PlainTopology({ endpoints: [at(ports[start]!)], replicas: [], readFrom: "nearest" }, NO_MAP, DEPS, events),
    );
    expect(portsOf(plain.sets[0])).toBe(`${ports[start]} |`);
    // As the store does: from every node that is wanted.
    for (let round = 0; round < 2; round += 1) {
      for (const { address } of plain.sets[0]!.nodes) {
        plain.topology.reported(address, await reportOf(nodes[ports.indexOf(address.port)]!));
      }
    }
    expect(portsOf(plain.sets[0])).toBe(`${all} |`);
  }
});

describe("three sentinels", () => {
  const group = new Stage();
  let redis: SentinelRedis;
  let endpoints: RedisAddress[];
  beforeAll(async () => {
    redis = await openSentinelRedis(group, 2);
    endpoints = addressesOf(redis.sidecar.connectionString);
  });
  afterAll(() => group.close());

  const open = (own: readonly RedisAddress[], map = NO_MAP): Watched =>
    watch(
      (events) =>
        new SentinelTopology({ endpoints: own, sentinelMaster: "mymaster" }, map, openLink("sentinel"), DEPS, events),
    );

  test("a failover is seen within 2 s, by one that knows one sentinel only", async () => {
    const [primary, ...replicas] = redis.nodes.map(({ port }) => port);
    const before = `${primary} | ${replicas.toSorted().join(" ")}`;
    const all = open(endpoints);
    const one = open(endpoints.slice(0, 1));
    for (const { sets } of [all, one])
      await until("the first picture", 1000, () => portsOf(sets[0] ?? all.sets[0]) === before);
    await until("both see it", 1000, () => [all, one].every(({ sets }) => portsOf(sets[0]) === before));
    expect(all.sets[0]!.id).toBe("mymaster");

    const admin = connectRedis(endpoints[1]!.port);
    group.own(() => admin.disconnect());
    await admin.call("SENTINEL", "FAILOVER", "mymaster");
    const isNew = async (port: number): Promise<boolean> => {
      const connection = connectRedis(port);
      try {
        return String(await connection.call("ROLE")).startsWith("master");
      } finally {
        connection.disconnect();
      }
    };
    const promoted = await until("a promotion", 10_000, async () => {
      for (const port of replicas) if (await isNew(port)) return port;
      return undefined;
    });
    const others = [primary!, ...replicas].filter((port) => port !== promoted).toSorted();
    const after = `${promoted} | ${others.join(" ")}`;
    await until("both see the promotion", 2000, () => [all, one].every(({ sets }) => portsOf(sets[0]) === after));
    // And stay with it, while the sentinels tell each other.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const { sets } of [all, one]) expect(portsOf(sets[0])).toBe(after);
    expect([all, one].map(({ problems, pictures }) => ({ problems, pictures }))).toEqual(
      Array(2).fill({ problems: [], pictures: 2 }),
    );
  });

  test("a name that no sentinel knows is told", async () => {
    const unknown = watch(
      (events) =>
        new SentinelTopology({ endpoints, sentinelMaster: "other" }, NO_MAP, openLink("sentinel"), DEPS, events),
    );
    await until("problems", 2000, () => unknown.problems.length === 3);
    for (const problem of unknown.problems)
      expect(problem).toMatch(/^sentinel 127\.0\.0\.1:\d+ knows no primary "other"$/);
    expect(unknown.pictures).toBe(0);
  });
});

describe("a cluster of three primaries and three replicas", () => {
  const group = new Stage();
  let cluster: ClusterRedis;
  beforeAll(async () => {
    cluster = await openClusterRedis(group);
  });
  afterAll(() => group.close());

  const open = (seeds: readonly RedisAddress[]): Watched =>
    watch(
      (events) => new ClusterTopology({ endpoints: seeds } as RedisSettings, NO_MAP, openLink("redis"), DEPS, events),
    );
  /** The set that has the slot. */
  const setOf = ({ sets }: Watched, slot: number): WantedSet | undefined => sets[new SlotTable(sets).setOf(slot)];
  const pair = (primary: number, replica: number): string =>
    `${cluster.nodes[primary]!.port} | ${cluster.nodes[replica]!.port}`;

  test("slots of random keys are those that the server says", async () => {
    const random = createRandom(20_261);
    for (let i = 0; i < 500; i += 1) {
      const bytes = (most: number): Buffer =>
        Buffer.from(
          Array.from({ length: random.below(most) }, () =>
            random.pick([0x7b, 0x7d, random.below(256), random.below(256)]),
          ),
        );
      const [key, project] = [bytes(40), bytes(8)];
      const slot = await cluster.nodes[0]!.ask("CLUSTER", "KEYSLOT", Buffer.concat([key, project]));
      expect(keySlot(key, project), `${key.toString("hex")} + ${project.toString("hex")}`).toBe(slot);
    }
  });

  test("slots that migrate, and a replica that is promoted, are seen after refresh", async () => {
    const dead = at(1);
    const seen = open([dead, at(cluster.nodes[4]!.port)]);
    // Nodes hear of the replicas of others later than of the slots.
    const pairs = [0, 1, 2].map((node) => pair(node, node + PRIMARIES)).join();
    await until("the whole picture", 5000, () => seen.sets.map(portsOf).join() === pairs);
    expect(seen.sets.map(({ id }) => id)).toEqual(cluster.ids.slice(0, PRIMARIES));
    for (let slot = 0; slot < 16_384; slot += 1) expect(setOf(seen, slot)).toBeDefined();

    const slots = [100, 101, 102];
    expect(slots.map((slot) => setOf(seen, slot)?.id)).toEqual(Array(3).fill(cluster.ids[0]));
    await migrateSlots(cluster, { slots, from: 0, to: 2, pauseMs: 0 });
    seen.topology.refresh();
    await until("the migration", 1000, () => slots.every((slot) => setOf(seen, slot)?.id === cluster.ids[2]));
    expect([99, 103].map((slot) => setOf(seen, slot)?.id)).toEqual(Array(2).fill(cluster.ids[0]));

    await cluster.nodes[4]!.ask("CLUSTER", "FAILOVER");
    await until("the promotion", 5000, async () => String(await cluster.nodes[4]!.ask("ROLE")).startsWith("master"));
    seen.topology.reported(at(cluster.nodes[4]!.port), await reportOf(cluster.nodes[4]!));
    await until("that it is seen", 2000, () => portsOf(setOf(seen, 8000)) === pair(4, 1));
    // The set is the same one.
    expect(setOf(seen, 8000)?.id).toBe(cluster.ids[1]);
    expect(new Set(seen.problems).size).toBe(seen.problems.length);
    for (const problem of seen.problems) expect(problem).toContain("127.0.0.1:1:");
  });

  test("a node that was reset does not take the map away", async () => {
    const replica = cluster.nodes[3]!;
    // It stays one of those that are asked.
    const seen = open([at(replica.port)]);
    await until("the first picture", 1000, () => seen.pictures > 0);
    await replica.ask("CLUSTER", "RESET", "HARD");
    for (let i = 0; i < 10; i += 1) {
      seen.topology.refresh();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(seen.problems).toEqual([`redis 127.0.0.1:${replica.port} knows no slots`]);
    for (let slot = 0; slot < 16_384; slot += 64) expect(setOf(seen, slot)).toBeDefined();
  });
});
