import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AddressMap } from "../../../../src/store/redis/control/address-map.ts";
import { RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import { ClusterTopology } from "../../../../src/store/redis/topology/cluster-topology.ts";
import { at, bulk, DEPS, FakeServers, Heard, noPermission, pass, report } from "./topology-kit.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Range = readonly [from: number, to: number, ...ports: number[]];

interface View {
  map: readonly Range[] | RespValue;
  /** undefined = refused. */
  epoch?: number | undefined;
}

const nodeOf = (port: number): RespValue => [Buffer.from("10.0.0.1"), String(port), Buffer.from(`id${port}`), []];

function nodeReply(view: View) {
  return ([, what]: readonly string[]): RespValue => {
    if (what === "INFO") {
      return view.epoch === undefined
        ? noPermission
        : bulk(`cluster_state:ok\r\ncluster_current_epoch:${view.epoch}\r\n`)[0]!;
    }
    if (!Array.isArray(view.map)) return view.map as RespValue;
    return (view.map as readonly Range[]).map(([from, to, ...ports]) => [
      String(from),
      String(to),
      ...ports.map(nodeOf),
    ]);
  };
}

function open(views: Readonly<Record<number, View>>, seeds: readonly number[]) {
  const servers = new FakeServers();
  for (const [port, view] of Object.entries(views)) servers.add(Number(port), nodeReply(view));
  const heard = new Heard();
  const topology = new ClusterTopology(
    { endpoints: seeds.map((port) => at(port)) },
    new AddressMap(new Map()),
    servers.open,
    DEPS,
    heard,
  );
  topology.start();
  return { servers, heard, topology };
}

const WHOLE: readonly Range[] = [
  [0, 9999, 1, 4],
  [10_000, 16_383, 2, 5],
];
const WHOLE_TOLD = [
  "id1 0 9999: 10.0.0.1:1 primary, 10.0.0.1:4 replica",
  "id2 10000 16383: 10.0.0.1:2 primary, 10.0.0.1:5 replica",
];
const HALF: readonly Range[] = [[0, 9999, 1, 4]];

/** Six nodes that say the same, each with a view of its own. */
const six = (): Record<number, View> =>
  Object.fromEntries([1, 2, 3, 4, 5, 6].map((port) => [port, { map: WHOLE, epoch: 5 }]));

test("the map is known as soon as one seed answers, and is asked for at nodes, not at the seed alone", async () => {
  const { servers, heard } = open(six(), [1]);
  await pass(10);
  expect(heard.pictures).toEqual([WHOLE_TOLD]);
  await pass(60_000);
  expect(heard.pictures).toHaveLength(1);
  expect(servers.opened).toEqual([1, 4, 2]);
  for (const port of servers.opened) expect(servers.servers.get(port)!.asked.length).toBeGreaterThan(4);
});

test("seeds that are dead make room for others", async () => {
  const { heard } = open({ 9: { map: WHOLE } }, [5, 6, 7, 8, 9]);
  await pass(1000);
  expect(heard.pictures).toEqual([WHOLE_TOLD]);
  expect(new Set(heard.problems).size).toBe(heard.problems.length);
});

test("a seed that answers something else is told, once", async () => {
  const refused = new RespError("ERR This instance has cluster support disabled");
  const { heard } = open({ 1: { map: refused } }, [1]);
  await pass(5000);
  expect(heard.problems).toEqual(["fake 1 CLUSTER SLOTS: ERR This instance has cluster support disabled"]);
  expect(heard.pictures).toEqual([]);
});

test.each<[string, RespValue, string]>([
  ["half a reply", [["0", "9999", nodeOf(1)], ["10000"]], "gave a slot map that makes no sense"],
  ["no slots", [], "knows no slots"],
])("%s is no map", async (_, map, problem) => {
  const views = six();
  const { heard, topology } = open(views, [1]);
  await pass(10);
  for (const view of Object.values(views)) view.map = map;
  topology.refresh();
  await pass(10_000);
  expect(heard.pictures).toHaveLength(1);
  expect(heard.problems).toContain(`fake 1 ${problem}`);
});

test("a promotion is seen after refresh, under the same ids", async () => {
  const views = six();
  const { heard, topology } = open(views, [1]);
  await pass(500);
  for (const view of Object.values(views)) Object.assign(view, { map: [[0, 9999, 4], WHOLE[1]!], epoch: 6 });
  topology.refresh();
  await pass(10);
  expect(heard.last).toEqual(["id1 0 9999: 10.0.0.1:4 primary, 10.0.0.1:1 replica", WHOLE_TOLD[1]]);
});

test("a change that comes about late, or is not known everywhere yet, is looked for again", async () => {
  for (const lateMs of [100, 500, 2000]) {
    const views = six();
    const { heard, topology } = open(views, [1]);
    await pass(60_000);
    topology.refresh();
    await pass(lateMs);
    const pictures = heard.pictures.length;
    for (const view of Object.values(views)) Object.assign(view, { map: [[0, 9999, 4], WHOLE[1]!] });
    await pass(lateMs + 100);
    expect(heard.pictures.length - pictures).toBe(1);
    await topology.close();
  }
});

test("nothing new is looked for ever less often, however often it is asked for", async () => {
  const views = six();
  const { servers, topology } = open(views, [1]);
  await pass(60_000);
  const count = (): number => [...servers.servers.values()].reduce((sum, { asked }) => sum + asked.length / 2, 0);
  const before = count();
  for (let second = 0; second < 60; second += 1) {
    topology.refresh();
    await pass(1000);
  }
  expect((count() - before) / 60).toBeLessThan(4);
  const settled = count();
  await pass(60_000);
  expect((count() - settled) / 60).toBeLessThan(0.35);
});

test("a node that was reset does not empty the map, two that say so do", async () => {
  const views = six();
  const { heard, topology } = open(views, [1]);
  await pass(500);
  views[2]!.map = HALF;
  for (let i = 0; i < 20; i += 1) {
    topology.refresh();
    await pass(150);
  }
  expect(heard.pictures).toHaveLength(1);
  views[4]!.map = HALF;
  for (let i = 0; i < 5; i += 1) {
    topology.refresh();
    await pass(150);
  }
  expect(heard.pictures[1]).toEqual([WHOLE_TOLD[0]]);
});

test("one node alone is believed after 2 s", async () => {
  const view: View = { map: WHOLE };
  const { heard, topology } = open({ 1: view }, [1]);
  await pass(500);
  view.map = HALF;
  topology.refresh();
  await pass(1900);
  expect(heard.pictures).toHaveLength(1);
  await pass(600);
  expect(heard.last).toEqual([WHOLE_TOLD[0]]);
});

test("nodes that have not heard of the new configuration do not turn it back", async () => {
  const views = six();
  const { heard, topology } = open(views, [1]);
  await pass(500);
  Object.assign(views[1]!, { map: [[0, 9999, 4], WHOLE[1]!], epoch: 6 });
  for (let i = 0; i < 20; i += 1) {
    topology.refresh();
    await pass(150);
  }
  expect(heard.pictures).toHaveLength(2);
});

test("the links follow the cluster: nodes that left are asked no more, seeds stay candidates", async () => {
  const views = six();
  const { servers, heard, topology } = open(views, [1]);
  await pass(500);
  expect(servers.opened).toEqual([1, 4, 2]);
  const moved: readonly Range[] = [[0, 16_383, 3, 6]];
  for (const view of Object.values(views)) Object.assign(view, { map: moved, epoch: 6 });
  topology.refresh();
  await pass(500);
  expect(servers.closed.toSorted()).toEqual([2, 4]);
  expect(servers.opened.slice(3).toSorted()).toEqual([3, 6]);
  for (const port of [3, 6]) servers.servers.get(port)!.isUp = false;
  Object.assign(views[1]!, { map: WHOLE, epoch: 7 });
  await pass(12_000);
  expect(heard.last).toEqual(WHOLE_TOLD);
});

test("a node that hangs costs half a second", async () => {
  const views = six();
  const { servers, heard, topology } = open(views, [1]);
  await pass(500);
  for (const view of Object.values(views)) Object.assign(view, { map: HALF, epoch: 6 });
  servers.servers.get(2)!.reply = () => undefined;
  for (let i = 0; i < 3; i += 1) {
    topology.refresh();
    await pass(600);
  }
  expect(heard.last).toEqual([WHOLE_TOLD[0]]);
});

test("a report that differs from the map is a reason to look", async () => {
  const views = six();
  const { servers, topology } = open(views, [1]);
  await pass(1000);
  const count = (): number => [...servers.servers.values()].reduce((sum, { asked }) => sum + asked.length, 0);
  const before = count();
  topology.reported(at(1), report({ role: "primary" }));
  topology.reported(at(4), report({ role: "replica" }));
  topology.reported(at(4), report({}));
  topology.reported(at(9), report({ role: "primary" }));
  await pass(150);
  expect(count()).toBe(before);
  topology.reported(at(4), report({ role: "primary" }));
  await pass(150);
  expect(count()).toBe(before + 2);
});

test("leaves nothing behind", async () => {
  const { servers, heard, topology } = open(six(), [1]);
  await pass(500);
  await topology.close();
  expect(servers.closed.toSorted()).toEqual([1, 2, 4]);
  topology.refresh();
  await pass(10_000);
  expect(heard.pictures).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
