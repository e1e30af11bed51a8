/** Single fields of replies, none of them trusted. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { RespValue } from "../lane/resp-value.ts";

/** The longest name DNS has; run ids and replication ids have 40. */
const LONGEST_FIELD_BYTES = 255;

/** @returns the text of a line or a bulk string, undefined for anything else and when it is longer than `maxBytes` */
export function textOf(value: RespValue | undefined, maxBytes = LONGEST_FIELD_BYTES): string | undefined {
  if (typeof value === "string") return value.length > maxBytes ? undefined : value;
  if (!Buffer.isBuffer(value) || value.length > maxBytes) return undefined;
  return value.toString("utf8");
}

/** @returns an integer that a double holds exactly, undefined for anything else */
export function integerOf(value: RespValue | undefined): number | undefined {
  const text = textOf(value, 20);
  if (text === undefined || !/^-?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** An offset or a count. Redis says −1 where it has none. */
export function countOf(value: RespValue | undefined): number | undefined {
  const number = integerOf(value);
  return number === undefined || number < 0 ? undefined : number;
}

/** A run id, a replication id, a cluster node's id; undefined when it is none. */
export function idOf(value: RespValue | undefined): string | undefined {
  const text = textOf(value);
  return text !== undefined && /^[\w-]+$/.test(text) ? text : undefined;
}

/** @returns undefined when one could not connect to it: Redis writes `?` and port 0 for what it does not know */
export function addressOf(host: RespValue | undefined, port: RespValue | undefined): RedisAddress | undefined {
  const name = textOf(host);
  const number = integerOf(port);
  if (name === undefined || !/^[\w.:%-]+$/.test(name)) return undefined;
  if (number === undefined || number < 1 || number > 65_535) return undefined;
  return { host: name, port: number };
}

/** Narrows to a list, which `Array.isArray` does not do for readonly ones. */
export function isList(value: RespValue | undefined): value is readonly RespValue[] {
  return Array.isArray(value);
}
