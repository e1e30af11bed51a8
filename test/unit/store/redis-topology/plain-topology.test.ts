import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ReadFrom, RedisAddress, RedisReplica } from "../../../../src/model/redis-settings.ts";
import { AddressMap } from "../../../../src/store/redis/control/address-map.ts";
import { PlainTopology } from "../../../../src/store/redis/topology/plain-topology.ts";
import { at, DEPS, Heard, pass, report } from "./topology-kit.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Options {
  readonly endpoints?: readonly RedisAddress[];
  readonly replicas?: readonly RedisReplica[];
  readonly readFrom?: ReadFrom;
  readonly map?: ReadonlyMap<string, RedisAddress>;
}

function open({ endpoints = [at(1)], replicas = [], readFrom = "nearest", map = new Map() }: Options = {}) {
  const heard = new Heard();
  const topology = new PlainTopology({ endpoints, replicas, readFrom }, new AddressMap(map), DEPS, heard);
  topology.start();
  return { heard, topology };
}

const primaryOf = (...ports: number[]) =>
  report({ role: "primary", replicas: ports.map((port) => ({ address: at(port), isOnline: true })) });

test("starts with the first endpoint and the configured replicas, each once", () => {
  const replicas = [
    { address: at(2), zone: "b" },
    { address: at(1), zone: "a" },
    { address: at(2), zone: "c" },
  ];
  expect(open({ endpoints: [at(1), at(9)], replicas }).heard.pictures).toEqual([["all: 10.0.0.1:1 a, 10.0.0.1:2 b"]]);
});

test("nodes that are named come in, through the address map, and nothing is told twice", () => {
  const { heard, topology } = open({ map: new Map([["10.0.0.1:3", at(33, "nat")]]) });
  topology.reported(at(1), primaryOf(2, 3));
  topology.reported(at(1), primaryOf(2, 3));
  expect(heard.pictures.slice(1)).toEqual([["all: 10.0.0.1:1, 10.0.0.1:2, nat:33"]]);
  // A replica of a replica, and the primary of a replica.
  topology.reported(
    at(2),
    report({ role: "replica", primary: at(1), replicas: [{ address: at(4), isOnline: false }] }),
  );
  topology.reported(at(4), report({ role: "replica", primary: at(5, "TEN") }));
  topology.reported(at(4), report({ role: "replica", primary: at(5, "ten") }));
  expect(heard.last).toEqual(["all: 10.0.0.1:1, 10.0.0.1:2, nat:33, 10.0.0.1:4, TEN:5"]);
  expect(heard.pictures).toHaveLength(4);
});

test("with read_from primary nothing is discovered", () => {
  const { heard, topology } = open({ readFrom: "primary" });
  topology.reported(at(1), primaryOf(2));
  expect(heard.pictures).toEqual([["all: 10.0.0.1:1"]]);
});

test("a discovered node that is not named for 60 s goes, a configured one stays", async () => {
  const { heard, topology } = open({ replicas: [{ address: at(2), zone: "" }] });
  topology.reported(at(1), primaryOf(2, 3, 4));
  for (let second = 0; second < 59; second += 1) {
    await pass(1000);
    topology.reported(at(1), primaryOf(4));
  }
  expect(heard.last).toEqual(["all: 10.0.0.1:1, 10.0.0.1:2, 10.0.0.1:3, 10.0.0.1:4"]);
  await pass(1000);
  topology.reported(at(1), primaryOf(4));
  expect(heard.last).toEqual(["all: 10.0.0.1:1, 10.0.0.1:2, 10.0.0.1:4"]);
});

test("what the only configured node has named stays when that node is gone", async () => {
  const { heard, topology } = open({ endpoints: [at(2)] });
  topology.reported(at(2), report({ role: "replica", primary: at(1) }));
  topology.reported(at(1), primaryOf(2));
  for (let minute = 0; minute < 10; minute += 1) {
    await pass(60_000);
    topology.reported(at(1), primaryOf());
  }
  expect(heard.last).toEqual(["all: 10.0.0.1:2, 10.0.0.1:1"]);
  // Back, and it follows another one.
  topology.reported(at(2), report({ role: "replica", primary: at(7) }));
  expect(heard.last).toEqual(["all: 10.0.0.1:2, 10.0.0.1:7"]);
});

test("a report that could not be had leaves everything as it is", async () => {
  const { heard, topology } = open();
  topology.reported(at(1), primaryOf(3));
  await pass(120_000);
  topology.reported(at(1), report({}));
  expect(heard.last).toEqual(["all: 10.0.0.1:1, 10.0.0.1:3"]);
});

test("64 nodes at most, and that is said once", () => {
  const { heard, topology } = open();
  const ports = Array.from({ length: 200 }, (_, i) => i + 2);
  topology.reported(at(1), primaryOf(...ports));
  topology.reported(at(1), primaryOf(...ports));
  expect(heard.last?.[0]?.split(",")).toHaveLength(64);
  expect(heard.problems).toEqual(["more than 64 Redis nodes: the others are not used"]);
});

test("an endpoint that is a sentinel is told", () => {
  const { heard, topology } = open();
  topology.reported(at(1), report({ role: "sentinel" }));
  topology.reported(at(1), report({ role: "sentinel" }));
  expect(heard.problems).toEqual(["redis 10.0.0.1:1 is a sentinel: redis_type has to be redis_sentinel"]);
});

test("tells nothing after close", async () => {
  const { heard, topology } = open();
  await topology.close();
  topology.reported(at(1), primaryOf(2));
  topology.refresh();
  expect(heard.pictures).toHaveLength(1);
});
