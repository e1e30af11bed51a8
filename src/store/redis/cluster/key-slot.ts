/** Slot of a key (cluster.c:keyHashSlot): CRC16 of its bytes, never of its text. */

/** Of a cluster (cluster.h:CLUSTER_SLOTS). */
export const SLOTS = 16_384;

const OPENING = 0x7b;
const CLOSING = 0x7d;
const CRC = crcTable();

/**
 * Where the key that consists of both parts lies. Of a key with `{…}` in it, what stands between the first `{` and the first `}`
 * after it counts alone, unless that is nothing; an entity key may hold both by accident, and so may a project's name.
 * @param key Feast's serialized entity key
 * @param project the project's name in UTF-8
 * @returns 0–16383
 */
export function keySlot(key: Buffer, project: Buffer): number {
  const length = key.length + project.length;
  const open = find(OPENING, 0, key, project);
  if (open < length) {
    const close = find(CLOSING, open + 1, key, project);
    if (close < length && close > open + 1) return slotOf(open + 1, close, key, project);
  }
  return slotOf(0, length, key, project);
}

/** @returns the place of the byte in both parts together, their length when it is not there */
function find(byte: number, from: number, key: Buffer, project: Buffer): number {
  for (let i = from; i < key.length; i += 1) if (key[i] === byte) return i;
  for (let i = Math.max(0, from - key.length); i < project.length; i += 1) {
    if (project[i] === byte) return key.length + i;
  }
  return key.length + project.length;
}

function slotOf(from: number, to: number, key: Buffer, project: Buffer): number {
  const split = key.length;
  let crc = 0;
  for (let i = from; i < to && i < split; i += 1) crc = ((crc << 8) & 0xffff) ^ CRC[(crc >> 8) ^ key[i]!]!;
  for (let i = Math.max(from, split); i < to; i += 1) {
    crc = ((crc << 8) & 0xffff) ^ CRC[(crc >> 8) ^ project[i - split]!]!;
  }
  return crc & (SLOTS - 1);
}

/** XMODEM: polynomial 0x1021, starting with 0, nothing reflected (crc16.c). */
function crcTable(): Uint16Array {
  const table = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021);
    table[byte] = crc;
  }
  return table;
}
