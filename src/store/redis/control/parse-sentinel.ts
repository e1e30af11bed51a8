/** Reads what sentinels answer (sentinel.c:sentinelCommand) and announce (sentinel.c:sentinelEvent). */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { RespValue } from "../lane/resp-value.ts";
import { addressOf, countOf, idOf, isList, textOf } from "./reply-fields.ts";

const MOST_INSTANCES = 1024;
/** A name and two addresses. */
const LONGEST_MESSAGE_BYTES = 1024;

/** A replica or another sentinel, as one sentinel sees it. */
export interface SentinelInstance {
  readonly address: RedisAddress;
  /** undefined while the sentinel has not reached it. */
  readonly runId: string | undefined;
  /** Subjectively or objectively down, or the sentinel has no connection to it. */
  readonly isDown: boolean;
}

export interface SentinelReplica extends SentinelInstance {
  /** Its link to its primary. */
  readonly linkUp: boolean;
  /** 0 = is never promoted; it may be read like any other. */
  readonly priority: number | undefined;
  readonly offset: number | undefined;
}

export interface SwitchMaster {
  readonly name: string;
  readonly from: RedisAddress;
  readonly to: RedisAddress;
}

/**
 * @param reply of SENTINEL GET-MASTER-ADDR-BY-NAME
 * @returns undefined when this sentinel knows no such primary (the reply is null then), and when the reply is of no use
 */
export function parseMasterAddress(reply: RespValue): RedisAddress | undefined {
  return isList(reply) ? addressOf(reply[0], reply[1]) : undefined;
}

/**
 * @param reply of SENTINEL REPLICAS; Redis before 5 has SLAVES, with the same reply
 * @returns undefined when it is an error or no list; entries without an address are left out
 */
export function parseSentinelReplicas(reply: RespValue): SentinelReplica[] | undefined {
  return instancesOf(reply, (instance, fields) => ({
    ...instance,
    linkUp: textOf(fields.get("master-link-status")) === "ok",
    priority: countOf(fields.get("slave-priority")),
    offset: countOf(fields.get("slave-repl-offset")),
  }));
}

/**
 * @param reply of SENTINEL SENTINELS, which names the others but not the one that was asked
 * @returns undefined when it is an error or no list; entries without an address are left out
 */
export function parseSentinelPeers(reply: RespValue): SentinelInstance[] | undefined {
  return instancesOf(reply, (instance) => instance);
}

/**
 * @param frame a message that was pushed: `message`, channel, text
 * @returns undefined unless it is a whole one of `+switch-master`
 */
export function parseSwitchMaster(frame: RespValue): SwitchMaster | undefined {
  if (!isList(frame) || textOf(frame[0]) !== "message" || textOf(frame[1]) !== "+switch-master") return undefined;
  const words = textOf(frame[2], LONGEST_MESSAGE_BYTES)?.split(" ") ?? [];
  const [name, fromHost, fromPort, toHost, toPort] = words;
  const from = addressOf(fromHost, fromPort);
  const to = addressOf(toHost, toPort);
  if (words.length !== 5 || !name || from === undefined || to === undefined) return undefined;
  return { name, from, to };
}

function instancesOf<T>(
  reply: RespValue,
  make: (instance: SentinelInstance, fields: ReadonlyMap<string, RespValue>) => T,
): T[] | undefined {
  if (!isList(reply)) return undefined;
  const instances: T[] = [];
  for (const entry of reply.slice(0, MOST_INSTANCES)) {
    const fields = fieldsOf(entry);
    const address = addressOf(fields.get("ip"), fields.get("port"));
    if (address === undefined) continue;
    const flags = (textOf(fields.get("flags")) ?? "").split(",");
    const isDown = flags.some((flag) => flag === "s_down" || flag === "o_down" || flag === "disconnected");
    instances.push(make({ address, runId: idOf(fields.get("runid")), isDown }, fields));
  }
  return instances;
}

/** Name, value, name, value, …, on RESP2 and RESP3. */
function fieldsOf(entry: RespValue): Map<string, RespValue> {
  const fields = new Map<string, RespValue>();
  if (!isList(entry)) return fields;
  for (let i = 0; i + 1 < entry.length && i < 256; i += 2) {
    const name = textOf(entry[i]);
    if (name !== undefined) fields.set(name, entry[i + 1]!);
  }
  return fields;
}
