/** Reads back what Feast wrote as an entity key (the inverse of plan/entity-key.ts), in whichever format it was written. */
import { ValueType } from "../model/value-type.ts";
import { keyPrefix } from "../plan/entity-key.ts";

/** `counted` = versions 3 and above; `plain` = versions 0 to 2, which do not write lengths of names. */
export interface ReadEntityKey {
  readonly format: "counted" | "plain";
  readonly joinKeys: readonly string[];
  /** `ValueType` of each, in the order of the join keys. */
  readonly types: readonly number[];
  /** Some INT64 value has four bytes: versions 0 and 1. */
  readonly hasNarrowInt64: boolean;
}

const MOST_PARTS = 64;
const NEWEST_PLAIN_VERSION = 2;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * @param joinKeyLists of the registry's views, each ascending: a name without its length is found only by knowing it
 * @returns undefined when the bytes are of neither format
 */
export function readEntityKey(key: Buffer, joinKeyLists: Iterable<readonly string[]>): ReadEntityKey | undefined {
  return readCounted(key) ?? readPlain(key, joinKeyLists);
}

function readCounted(key: Buffer): ReadEntityKey | undefined {
  if (key.length < 4) return undefined;
  const count = key.readUInt32LE(0);
  if (count > MOST_PARTS) return undefined;
  const joinKeys: string[] = [];
  let at = 4;
  for (let index = 0; index < count; index += 1) {
    if (key.length - at < 8 || key.readUInt32LE(at) !== ValueType.STRING) return undefined;
    const end = at + 8 + key.readUInt32LE(at + 4);
    if (end > key.length) return undefined;
    try {
      joinKeys.push(UTF8.decode(key.subarray(at + 8, end)));
    } catch {
      return undefined;
    }
    at = end;
  }
  const values = readValues(key, at, count);
  return values && { format: "counted", joinKeys, ...values };
}

function readPlain(key: Buffer, joinKeyLists: Iterable<readonly string[]>): ReadEntityKey | undefined {
  for (const joinKeys of joinKeyLists) {
    const names = keyPrefix(joinKeys, NEWEST_PLAIN_VERSION);
    if (!key.subarray(0, names.length).equals(names)) continue;
    const values = readValues(key, names.length, joinKeys.length);
    if (values !== undefined) return { format: "plain", joinKeys, ...values };
  }
  return undefined;
}

/** Type, length, bytes of each; they have to end where the key does. */
function readValues(
  key: Buffer,
  start: number,
  count: number,
): Pick<ReadEntityKey, "types" | "hasNarrowInt64"> | undefined {
  const types: number[] = [];
  let hasNarrowInt64 = false;
  let at = start;
  for (let index = 0; index < count; index += 1) {
    if (key.length - at < 8) return undefined;
    const type = key.readUInt32LE(at);
    const length = key.readUInt32LE(at + 4);
    types.push(type);
    hasNarrowInt64 ||= type === ValueType.INT64 && length === 4;
    at += 8 + length;
  }
  return at === key.length ? { types, hasNarrowInt64 } : undefined;
}
