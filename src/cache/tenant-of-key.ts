/** Reads one value out of a serialized entity key (feast/infra/key_encoding_utils.py:serialize_entity_key). Integers little-endian. */
import { ValueType } from "../model/value-type.ts";

/** Whose name it does not have: one tenant. Never the id of another, which begins with a type. */
const NOBODY = "";
/** `feast.types.ValueType` numbers fit into a byte. */
const MAX_TYPE = 0xff;

export class TenantOfKey {
  readonly #joinKey: Buffer;
  readonly #hasLengths: boolean;

  /**
   * @param joinKey its value is the tenant
   * @param version `entity_key_serialization_version`: 3 and above write how many names there are and how long each is
   */
  constructor(joinKey: string, version: number) {
    this.#joinKey = Buffer.from(joinKey);
    this.#hasLengths = version > 2;
  }

  /** The tenant's id: type and value, a character for each byte; "" for keys without it, and for bytes that are no key. */
  read(key: Buffer): string {
    return this.#hasLengths ? this.#readWithLengths(key) : this.#readWithout(key);
  }

  #readWithLengths(key: Buffer): string {
    if (key.length < 4) return NOBODY;
    const names = key.readUInt32LE(0);
    let found = -1;
    let at = 4;
    for (let name = 0; name < names; name += 1) {
      if (at + 8 > key.length) return NOBODY;
      const stop = at + 8 + key.readUInt32LE(at + 4);
      if (stop > key.length) return NOBODY;
      if (this.#joinKey.equals(key.subarray(at + 8, stop))) found = name;
      at = stop;
    }
    return found < 0 ? NOBODY : (valueAt(key, at, names, found) ?? NOBODY);
  }

  /**
   * Names are text without NUL, so one ends where three zero bytes follow a type; whether that type is of another name or of the first
   * value shows when as many values as names fill the rest exactly.
   */
  #readWithout(key: Buffer): string {
    let found = -1;
    let at = 0;
    for (let names = 1; at + 4 <= key.length && key.readUInt32LE(at) === ValueType.STRING; names += 1) {
      const start = at + 4;
      let stop = start;
      while (stop + 4 <= key.length && key.readUInt32LE(stop) > MAX_TYPE) stop += 1;
      if (this.#joinKey.equals(key.subarray(start, stop))) found = names - 1;
      const value = valueAt(key, stop, names, Math.max(found, 0));
      if (value !== undefined) return found < 0 ? NOBODY : value;
      at = stop;
    }
    return NOBODY;
  }
}

/** Value `index` of `count` that begin at `at`; undefined unless they fill the key to its end. */
function valueAt(key: Buffer, at: number, count: number, index: number): string | undefined {
  let found: string | undefined;
  let start = at;
  for (let value = 0; value < count; value += 1) {
    if (start + 8 > key.length) return undefined;
    const stop = start + 8 + key.readUInt32LE(start + 4);
    if (stop > key.length) return undefined;
    if (value === index) found = key[start]! + key.toString("latin1", start + 8, stop);
    start = stop;
  }
  return start === key.length ? found : undefined;
}
