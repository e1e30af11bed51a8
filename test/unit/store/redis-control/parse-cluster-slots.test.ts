import { expect, test } from "vitest";
import { parseClusterSlots } from "../../../../src/store/redis/control/parse-cluster-slots.ts";
import type { RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import {
  SLOTS,
  SLOTS_HOSTNAME,
  SLOTS_HOSTNAME_RESP3,
  SLOTS_NONE,
  SLOTS_OFF,
  SLOTS_UNKNOWN_ENDPOINT,
} from "./captured-replies.ts";

const ASKED = { host: "redis.shop", port: 6379 };
const ID = "94f5717350012a5a36445ee85f6eddb578714e87";

test("ranges with their nodes", () => {
  expect(parseClusterSlots(SLOTS, ASKED)).toEqual([
    { from: 0, to: 5460, primary: { id: ID, address: { host: "127.0.0.1", port: 27011 } }, replicas: [] },
    {
      from: 5461,
      to: 10922,
      primary: { id: "f704cf0827dab6f07b422b150c18722a05abd7ae", address: { host: "127.0.0.1", port: 27012 } },
      replicas: [],
    },
    {
      from: 10923,
      to: 16383,
      primary: { id: "193c9f4fd32e2b6ef4f98bfd558dc6872e0ff75b", address: { host: "127.0.0.1", port: 27013 } },
      replicas: [],
    },
  ]);
});

test("an unknown endpoint is the host that was asked, with the port of the reply", () => {
  expect(parseClusterSlots(SLOTS_UNKNOWN_ENDPOINT, ASKED)?.map((range) => range.primary.address)).toEqual([
    { host: "redis.shop", port: 27011 },
    { host: "redis.shop", port: 27012 },
    { host: "redis.shop", port: 27013 },
  ]);
  expect(parseClusterSlots([slot("")], ASKED)?.[0]?.primary.address).toEqual({ host: "redis.shop", port: 7000 });
});

test("names where names are preferred; a node that announces none has no address, RESP2 and RESP3", () => {
  for (const reply of [SLOTS_HOSTNAME, SLOTS_HOSTNAME_RESP3]) {
    const ranges = parseClusterSlots(reply, ASKED);
    expect(ranges?.map((range) => range.primary.address)).toEqual([
      undefined,
      { host: "node-2.example", port: 27012 },
      undefined,
    ]);
    expect(ranges?.[0]?.replicas).toEqual([{ id: "5b684f22c7f9548ad4ac0a0420c74bde59c2aa4b", address: undefined }]);
  }
});

test("a node that is in no cluster has no ranges, one without cluster mode no answer", () => {
  expect(parseClusterSlots(SLOTS_NONE, ASKED)).toEqual([]);
  expect(parseClusterSlots(SLOTS_OFF, ASKED)).toBeUndefined();
});

function slot(
  host: RespValue,
  port: RespValue = "7000",
  from = "0",
  to = "1",
  id: RespValue = Buffer.from(ID),
): RespValue {
  return [from, to, [typeof host === "string" ? Buffer.from(host) : host, port, id]];
}

test("without an id the address is one; without either it is no node", () => {
  const [range] = parseClusterSlots([["0", "1", [Buffer.from("::1"), "7000"]]], ASKED)!;
  expect(range?.primary).toEqual({ id: "[::1]:7000", address: { host: "::1", port: 7000 } });
  expect(parseClusterSlots([["0", "1", [Buffer.from("?"), "7000"]]], ASKED)).toBeUndefined();
});

test.each<[string, RespValue]>([
  ["no list", "OK"],
  ["null", null],
  ["an entry that is no list", ["x"]],
  ["no nodes", [["0", "1"]]],
  ["a node that is no list", [["0", "1", "x"]]],
  ["a replica that is no list", [["0", "1", [Buffer.from("h"), "1", Buffer.from(ID)], null]]],
  ["backwards", [slot("h", "1", "2", "1")]],
  ["beyond the last slot", [slot("h", "1", "0", "16384")]],
  ["below the first", [slot("h", "1", "-1", "1")]],
  ["no number", [slot("h", "1", "a", "b")]],
  ["a port that is none", [slot("h", Buffer.from("x"))]],
  ["a host that is none", [slot([])]],
  ["too many ranges", Array.from({ length: 16_385 }, () => slot("h"))],
  ["too many replicas", [["0", "1", ...Array.from({ length: 100 }, () => [Buffer.from("h"), "1", Buffer.from(ID)])]]],
])("half a map is none: %s", (_, reply) => {
  expect(
    parseClusterSlots([slot("good"), ...(Array.isArray(reply) ? (reply as RespValue[]) : [reply])], ASKED),
  ).toBeUndefined();
});

test("a node without a port of the asked kind has no address", () => {
  expect(parseClusterSlots([slot("h", "0")], ASKED)?.[0]?.primary).toEqual({ id: ID, address: undefined });
});
