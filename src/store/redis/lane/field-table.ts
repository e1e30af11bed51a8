/** Field of a hash → slot of a row, for replies that name their fields. */
import type { LookupShape } from "../../../model/lookup.ts";
import { fieldArgs } from "../redis-commands.ts";

/** Features are 4 bytes that are a hash already, timestamps `_ts:` and a name: no field is shorter. */
const SHORTEST_FIELD_BYTES = 4;

const memo = new WeakMap<LookupShape, FieldTable>();

/** The table of a shape; built once. */
export function fieldTable(shape: LookupShape): FieldTable {
  let table = memo.get(shape);
  if (table === undefined) {
    table = new FieldTable(fieldArgs(shape));
    memo.set(shape, table);
  }
  return table;
}

/** Open addressing over flat arrays, at most half full. */
export class FieldTable {
  /** Slot → the next slot with the same field, −1 = none: names may collide in Feast's 32-bit hash. */
  readonly twins: Int32Array;
  readonly #fields: readonly Buffer[];
  readonly #hashes: Int32Array;
  readonly #lengths: Int32Array;
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param fields slot → field */
  constructor(fields: readonly Buffer[]) {
    this.#fields = fields;
    this.twins = new Int32Array(fields.length).fill(-1);
    const size = 2 ** Math.ceil(Math.log2(2 * fields.length + 2));
    this.#mask = size - 1;
    this.#hashes = new Int32Array(size);
    this.#lengths = new Int32Array(size);
    this.#slots = new Int32Array(size).fill(-1);
    for (const [slot, field] of fields.entries()) this.#add(slot, field);
  }

  /** First slot of a field, −1 = none has it. */
  find(bytes: Buffer, start: number, length: number): number {
    if (length < SHORTEST_FIELD_BYTES) return -1;
    const hash = hashOf(bytes, start, length);
    for (let at = place(hash) & this.#mask; ; at = (at + 1) & this.#mask) {
      const slot = this.#slots[at]!;
      if (slot < 0) return -1;
      if (this.#hashes[at] !== hash || this.#lengths[at] !== length) continue;
      // Of four bytes the hash is all there is.
      if (length === 4 || isSame(this.#fields[slot]!, bytes, start, length)) return slot;
    }
  }

  #add(slot: number, field: Buffer): void {
    let twin = this.find(field, 0, field.length);
    if (twin >= 0) {
      while (this.twins[twin]! >= 0) twin = this.twins[twin]!;
      this.twins[twin] = slot;
      return;
    }
    const hash = hashOf(field, 0, field.length);
    let at = place(hash) & this.#mask;
    while (this.#slots[at]! >= 0) at = (at + 1) & this.#mask;
    this.#hashes[at] = hash;
    this.#lengths[at] = field.length;
    this.#slots[at] = slot;
  }
}

/** The last four bytes, which is all of a feature's field and where names of views differ, with the length. */
function hashOf(bytes: Buffer, start: number, length: number): number {
  const at = start + length - 4;
  const last = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  return last ^ (length - 4);
}

function place(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 16;
}

function isSame(field: Buffer, bytes: Buffer, start: number, length: number): boolean {
  for (let i = 0; i < length; i += 1) if (field[i] !== bytes[start + i]) return false;
  return true;
}
