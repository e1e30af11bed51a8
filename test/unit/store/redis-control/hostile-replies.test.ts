import { expect, test } from "vitest";
import { parseClusterSlots } from "../../../../src/store/redis/control/parse-cluster-slots.ts";
import { parseInfo } from "../../../../src/store/redis/control/parse-info.ts";
import { parseRole } from "../../../../src/store/redis/control/parse-role.ts";
import {
  parseMasterAddress,
  parseSentinelPeers,
  parseSentinelReplicas,
  parseSwitchMaster,
} from "../../../../src/store/redis/control/parse-sentinel.ts";
import { RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import { mutateBytes } from "../../../helpers/mutate.ts";
import { createRandom, type Random } from "../../../helpers/random.ts";
import * as captured from "./captured-replies.ts";

const REPLIES = Object.values(captured).filter((reply): reply is RespValue & object => typeof reply !== "function");
const ASKED = { host: "h", port: 1 };

/** The same tree with a few of its parts replaced by others, cut or damaged. */
function damaged(value: RespValue, random: Random): RespValue {
  if (random.next() < 0.05)
    return random.pick<RespValue>([null, "", "-1", "9".repeat(30), new RespError("ERR"), [], Buffer.alloc(300, "a")]);
  if (Buffer.isBuffer(value)) return random.next() < 0.3 ? mutateBytes(value, Buffer.from("slave"), random) : value;
  if (!Array.isArray(value)) return value;
  const parts = value.map((part: RespValue) => damaged(part, random));
  return random.next() < 0.1 ? parts.slice(0, random.below(parts.length + 1)) : parts;
}

test("10,000 damaged replies: none throws, and every address and number that comes out could be one", () => {
  const random = createRandom(5);
  const addresses: ({ host: string; port: number } | undefined)[] = [];
  const numbers: (number | undefined)[] = [];
  let known = 0;
  for (let i = 0; i < 10_000; i += 1) {
    const reply = damaged(random.pick(REPLIES), random);
    for (const report of [parseInfo(reply, 0), parseRole(reply)]) {
      if (report === undefined) continue;
      known += 1;
      addresses.push(report.primary, ...report.replicas.map((replica) => replica.address));
      numbers.push(report.offset, report.keys);
    }
    for (const range of parseClusterSlots(reply, ASKED) ?? []) {
      known += 1;
      expect(range.to).toBeLessThan(16_384);
      addresses.push(range.primary.address, ...range.replicas.map((node) => node.address));
      numbers.push(range.from, range.to);
    }
    for (const replica of parseSentinelReplicas(reply) ?? []) numbers.push(replica.offset, replica.priority);
    for (const peer of parseSentinelPeers(reply) ?? []) addresses.push(peer.address);
    addresses.push(parseMasterAddress(reply), parseSwitchMaster(reply)?.to);
  }
  expect(known).toBeGreaterThan(1000);
  for (const address of addresses) {
    if (address === undefined) continue;
    expect(address.host).toMatch(/^[\w.:%-]{1,255}$/);
    expect(address.port).toBeGreaterThan(0);
    expect(address.port).toBeLessThan(65_536);
  }
  for (const number of numbers)
    if (number !== undefined) expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
});
