import { expect, test } from "vitest";
import {
  parseMasterAddress,
  parseSentinelPeers,
  parseSentinelReplicas,
  parseSwitchMaster,
} from "../../../../src/store/redis/control/parse-sentinel.ts";
import type { RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import {
  MASTER_ADDRESS,
  NO_REPLICAS,
  NO_SUCH_MASTER,
  PEERS,
  REPLICAS,
  REPLICAS_AFTER_SWITCH,
  REPLICAS_RESP3,
  resp,
  SWITCH_MASTER,
} from "./captured-replies.ts";

test("the primary's address", () => {
  expect(parseMasterAddress(MASTER_ADDRESS)).toEqual({ host: "127.0.0.1", port: 27001 });
  expect(parseMasterAddress(NO_SUCH_MASTER)).toBeUndefined();
});

test("replicas, on RESP2 and RESP3", () => {
  for (const reply of [REPLICAS, REPLICAS_RESP3]) {
    expect(parseSentinelReplicas(reply)).toEqual([
      {
        address: { host: "127.0.0.1", port: 27002 },
        runId: "713af54f1e7a1fbe8759a2847a4abeabe75acbda",
        isDown: false,
        linkUp: true,
        priority: 100,
        offset: 559,
      },
    ]);
  }
});

test("a dead one: down, without run id, without link", () => {
  expect(parseSentinelReplicas(REPLICAS_AFTER_SWITCH)).toMatchObject([
    { address: { host: "127.0.0.1", port: 27001 }, runId: undefined, isDown: true, linkUp: false },
  ]);
});

test.each([
  ["slave", false],
  ["slave,s_down", true],
  ["o_down,slave", true],
  ["slave,disconnected", true],
  ["slave,s_downer", false],
])("flags %s", (flags, isDown) => {
  const reply = resp(`*1|*8|$2|ip|$1|h|$4|port|$1|7|$5|flags|$${flags.length}|${flags}|$14|slave-priority|$1|0`);
  expect(parseSentinelReplicas(reply)).toMatchObject([{ isDown, priority: 0, linkUp: false, offset: undefined }]);
});

test("the other sentinels", () => {
  expect(parseSentinelPeers(PEERS)).toEqual([
    { address: { host: "127.0.0.1", port: 27004 }, runId: "02c78cdbf6a6da5667cb2bc6ec2eb56d79216f85", isDown: false },
  ]);
});

test("a name that it does not know, and nonsense", () => {
  expect(parseSentinelReplicas(NO_REPLICAS)).toBeUndefined();
  expect(parseSentinelPeers("OK")).toBeUndefined();
  expect(parseSentinelReplicas([null, "x", [], ["ip"], ["ip", "h", "port", "0"], [["ip"], "h"]])).toEqual([]);
  const one = ["ip", "h", "port", "7"];
  expect(parseSentinelPeers(Array.from({ length: 5000 }, () => one))).toHaveLength(1024);
  for (const reply of [[], ["h"], ["h", "70000"], ["a b", "7"], [[], {}]] as RespValue[]) {
    expect(parseMasterAddress(reply)).toBeUndefined();
  }
});

test("the message of a promotion", () => {
  expect(parseSwitchMaster(SWITCH_MASTER)).toEqual({
    name: "mymaster",
    from: { host: "127.0.0.1", port: 27001 },
    to: { host: "127.0.0.1", port: 27002 },
  });
});

test.each<[string, RespValue]>([
  ["another channel", ["message", "+sdown", "mymaster 127.0.0.1 1 127.0.0.1 2"]],
  ["a confirmation", ["subscribe", "+switch-master", "1"]],
  ["too few words", ["message", "+switch-master", "mymaster 127.0.0.1 1 127.0.0.1"]],
  ["too many words", ["message", "+switch-master", "my master 127.0.0.1 1 127.0.0.1 2"]],
  ["no port", ["message", "+switch-master", "mymaster 127.0.0.1 1 127.0.0.1 x"]],
  ["no name", ["message", "+switch-master", " 127.0.0.1 1 127.0.0.1 2"]],
  ["too long", ["message", "+switch-master", `${"m".repeat(2000)} 127.0.0.1 1 127.0.0.1 2`]],
  ["no list", "message"],
])("no message of a promotion: %s", (_, frame) => {
  expect(parseSwitchMaster(frame)).toBeUndefined();
});
