/** Lookups and row blocks in the form that crosses threads without copies of shared pools. */
import type { Lookup, RowBlock } from "../../model/lookup.ts";
import type { PackedBlock, PackedLookup } from "./sqlite-messages.ts";

/** Copies the keys into one buffer of their own: a Buffer may be a window on a pool that must not move to a thread. */
export function packLookup({ shape, keys }: Lookup): PackedLookup {
  const keyEnds = new Int32Array(keys.length);
  let total = 0;
  for (const [k, key] of keys.entries()) {
    total += key.length;
    keyEnds[k] = total;
  }
  const keyBytes = new Uint8Array(total);
  for (const [k, key] of keys.entries()) keyBytes.set(key, keyEnds[k]! - key.length);
  return { shape, keyBytes, keyEnds };
}

/** All rows of a packed block share its one buffer. */
export function unpackBlock({ bytes, spans }: PackedBlock, rows: number): RowBlock {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { sources: new Array<Buffer>(rows).fill(source), spans };
}
