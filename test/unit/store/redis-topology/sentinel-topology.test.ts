import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RedisAddress } from "../../../../src/model/redis-settings.ts";
import { AddressMap } from "../../../../src/store/redis/control/address-map.ts";
import { RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import { SentinelTopology } from "../../../../src/store/redis/topology/sentinel-topology.ts";
import { at, bulk, DEPS, FakeServers, Heard, noPermission, pass, report } from "./topology-kit.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What a sentinel knows, in ports. */
interface View {
  primary?: number;
  /** As MASTER says, while GET-MASTER-ADDR-BY-NAME is ahead of it. */
  former?: number;
  replicas?: readonly number[] | "refused";
  downs?: readonly number[];
  peers?: readonly number[];
  epoch?: number;
  protocol?: 2 | 3;
}

const instance = (port: number, flags: string): RespValue => bulk("ip", "10.0.0.1", "port", port, "flags", flags);

function sentinelOf(view: View) {
  return (words: readonly string[]): RespValue | undefined => {
    const { primary, former = primary, replicas = [], downs = [], peers = [], epoch = 1, protocol = 3 } = view;
    switch (words.slice(0, 2).join(" ")) {
      case "SENTINEL GET-MASTER-ADDR-BY-NAME":
        return primary === undefined ? null : bulk("10.0.0.1", primary);
      case "SENTINEL MASTER":
        return former === undefined
          ? new RespError("ERR No such master with that name")
          : bulk("ip", "10.0.0.1", "port", former, "config-epoch", epoch);
      case "SENTINEL REPLICAS":
        if (replicas === "refused") return noPermission;
        return replicas.map((port) => instance(port, downs.includes(port) ? "s_down,slave" : "slave"));
      case "SENTINEL SENTINELS":
        return peers.map((port) => instance(port, "sentinel"));
      case "HELLO":
        return bulk("server", "redis", "proto", protocol);
      default:
        return "OK";
    }
  };
}

function open(
  views: Readonly<Record<number, View>>,
  seeds: readonly number[],
  map: readonly [string, RedisAddress][] = [],
) {
  const servers = new FakeServers();
  for (const [port, view] of Object.entries(views)) servers.add(Number(port), sentinelOf(view));
  const heard = new Heard();
  const topology = new SentinelTopology(
    { endpoints: seeds.map((port) => at(port)), sentinelMaster: "mymaster" },
    new AddressMap(new Map(map)),
    servers.open,
    DEPS,
    heard,
  );
  topology.start();
  return { servers, heard, topology };
}

const message = (channel: string, text: string): RespValue => bulk("message", channel, text);

test("the primary and its replicas, down or not, through the address map", async () => {
  const view = { primary: 1, replicas: [2, 3], downs: [2] };
  const { heard } = open({ 91: view }, [91], [["10.0.0.1:3", at(33, "nat")]]);
  await pass(10);
  expect(heard.pictures).toEqual([["mymaster: 10.0.0.1:1 primary, nat:33 replica, 10.0.0.1:2 replica"]]);
  expect(heard.problems).toEqual([]);
});

test("goes on with another sentinel, tells once what is wrong with the first, and asks them in turn", async () => {
  const { servers, heard } = open({ 92: { primary: 1 }, 93: { primary: 1 }, 94: {} }, [90, 92, 93, 94]);
  await pass(10_000);
  expect(heard.pictures).toEqual([["mymaster: 10.0.0.1:1 primary"]]);
  expect(heard.problems.toSorted()).toEqual(["fake 90: refused", 'fake 94 knows no primary "mymaster"']);
  const asked = [92, 93].map(
    (port) => servers.servers.get(port)!.asked.filter((words) => words.includes("GET-MASTER")).length,
  );
  expect(Math.min(...asked)).toBeGreaterThanOrEqual(3);
});

test("sentinels that others name are asked as well, 16 at most; those that nobody names go again", async () => {
  const many = Array.from({ length: 40 }, (_, i) => 100 + i);
  const view: View = { primary: 1, peers: many };
  const { servers, heard } = open({ 91: view }, [91]);
  await pass(2000);
  expect(new Set(servers.opened).size).toBe(16);
  view.peers = [];
  await pass(63_000);
  expect(servers.closed).toHaveLength(15);
  expect(servers.closed).not.toContain(91);
  expect(heard.pictures).toHaveLength(1);
});

test("+switch-master of this primary is a reason to look, at the one that tells it", async () => {
  const stale = { primary: 1, replicas: [2], epoch: 1 };
  const fresh: View = { ...stale };
  const { servers, heard } = open({ 91: stale, 92: fresh, 93: stale }, [91, 92, 93]);
  await pass(500);
  expect(servers.servers.get(92)!.asked).toContain("SUBSCRIBE +switch-master +sdown -sdown -odown +slave +reboot");
  Object.assign(fresh, { primary: 2, replicas: [1], epoch: 2 });
  const told = (text: string): void => {
    for (const push of servers.servers.get(92)!.push) push(message("+switch-master", text));
  };
  told("other 10.0.0.1 1 10.0.0.1 2");
  await pass(10);
  expect(heard.pictures).toHaveLength(1);
  told("mymaster 10.0.0.1 1 10.0.0.1 2");
  await pass(10);
  expect(heard.last).toEqual(["mymaster: 10.0.0.1:1 replica, 10.0.0.1:2 primary"]);
  // The two that have not heard of it do not turn it back.
  await pass(5000);
  expect(heard.pictures).toHaveLength(2);
});

test.each(["master mymaster 10.0.0.1 1", "slave 10.0.0.1:2 10.0.0.1 2 @ mymaster 10.0.0.1 1"])(
  "+sdown %s",
  async (text) => {
    const view: View = { primary: 1 };
    const { servers, heard } = open({ 91: view }, [91]);
    await pass(500);
    view.replicas = [2];
    for (const push of servers.servers.get(91)!.push) push(message("+sdown", text));
    await pass(10);
    expect(heard.last).toEqual(["mymaster: 10.0.0.1:1 primary, 10.0.0.1:2 replica"]);
  },
);

test("with RESP2 messages come on a connection of their own", async () => {
  const { servers } = open({ 91: { primary: 1, protocol: 2 } }, [91]);
  await pass(500);
  expect(servers.opened).toEqual([91, 91]);
  expect(servers.servers.get(91)!.asked.filter((words) => words.startsWith("SUBSCRIBE"))).toHaveLength(1);
});

test("the primary that is being replaced stays", async () => {
  const view: View = { primary: 1, replicas: [2, 3] };
  const { heard, topology } = open({ 91: view }, [91]);
  await pass(500);
  Object.assign(view, { primary: 2, former: 1, epoch: 2 });
  topology.refresh();
  await pass(10);
  expect(heard.last).toEqual(["mymaster: 10.0.0.1:1 replica, 10.0.0.1:2 primary, 10.0.0.1:3 replica"]);
});

test("a sentinel without a memory does not take replicas away", async () => {
  const { heard } = open({ 91: { primary: 1, replicas: [2] }, 92: { primary: 1 } }, [91, 92]);
  await pass(120_000);
  expect(heard.pictures).toEqual([["mymaster: 10.0.0.1:1 primary, 10.0.0.1:2 replica"]]);
});

test("a replica that no sentinel names goes after a minute; another primary with other data replaces all at once", async () => {
  const view: View = { primary: 1, replicas: [2, 3] };
  const { heard, topology } = open({ 91: view }, [91]);
  await pass(500);
  view.replicas = [3];
  await pass(55_000);
  expect(heard.pictures).toHaveLength(1);
  await pass(10_000);
  expect(heard.last).toEqual(["mymaster: 10.0.0.1:1 primary, 10.0.0.1:3 replica"]);
  Object.assign(view, { primary: 7, replicas: [8] });
  topology.refresh();
  await pass(200);
  expect(heard.last).toEqual(["mymaster: 10.0.0.1:7 primary, 10.0.0.1:8 replica"]);
});

test("an older configuration is believed when nobody knows better for 5 s", async () => {
  const views = [91, 92, 93].map((): View => ({ primary: 1, replicas: [2], epoch: 9 }));
  const { servers, heard } = open({ 91: views[0]!, 92: views[1]!, 93: views[2]! }, [91, 92, 93]);
  await pass(500);
  const reset = { primary: 2, replicas: [1], epoch: 0 };
  Object.assign(views[0]!, reset);
  Object.assign(views[1]!, reset);
  await pass(20_000);
  expect(heard.pictures).toHaveLength(1);
  servers.servers.get(93)!.isUp = false;
  await pass(4500);
  expect(heard.pictures).toHaveLength(1);
  await pass(2000);
  expect(heard.last).toEqual(["mymaster: 10.0.0.1:1 replica, 10.0.0.1:2 primary"]);
  // The better one is back.
  servers.servers.get(93)!.isUp = true;
  await pass(3000);
  expect(heard.last).toEqual(["mymaster: 10.0.0.1:1 primary, 10.0.0.1:2 replica"]);
});

test("a user who may only ask for the primary", async () => {
  const { heard } = open({ 91: { primary: 1, replicas: "refused" } }, [91]);
  await pass(3000);
  expect(heard.pictures).toEqual([["mymaster: 10.0.0.1:1 primary"]]);
  expect(heard.problems).toEqual(["fake 91 does not tell its replicas: NOPERM no permissions"]);
});

test("a node that says it is what it should not be is a reason to look", async () => {
  const view: View = { primary: 1, replicas: [2] };
  const { heard, topology } = open({ 91: view }, [91]);
  await pass(500);
  Object.assign(view, { primary: 2, replicas: [1] });
  topology.reported(at(2), report({ role: "replica" }));
  topology.reported(at(1), report({}));
  topology.reported(at(5), report({ role: "primary" }));
  await pass(10);
  expect(heard.pictures).toHaveLength(1);
  topology.reported(at(2), report({ role: "primary" }));
  await pass(10);
  expect(heard.pictures).toHaveLength(2);
});

test("leaves nothing behind", async () => {
  const { servers, heard, topology } = open({ 91: { primary: 1, peers: [92], protocol: 2 }, 92: { primary: 1 } }, [91]);
  await pass(500);
  await topology.close();
  expect(servers.closed.toSorted()).toEqual([91, 91, 92]);
  topology.refresh();
  await pass(5000);
  expect(heard.pictures).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
