/** Sizes first, then bytes: both halves of writing varints into a Buffer that was allocated once. */

/** Bytes of `value` as a varint. @param value an integer, 0 … 2^53 − 1 */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  let size = 4;
  for (let rest = Math.floor(value / 0x10000000); rest > 0; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes `value` at `at`, gives the position after it. @param value an integer, 0 … 2^53 − 1 */
export function writeVarint(target: Buffer, at: number, value: number): number {
  let position = at;
  let rest = value;
  while (rest > 0x7fffffff) {
    target[position++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[position++] = rest;
  return position;
}

/** Bytes a varint takes at most. */
export const MAX_VARINT_BYTES = 10;

/** Writes a 64-bit integer as {@link writeVarint} does; negative ones take ten bytes, as protobuf writes them. */
export function writeVarint64(target: Buffer, at: number, value: bigint): number {
  if (value >= 0n && value <= Number.MAX_SAFE_INTEGER) return writeVarint(target, at, Number(value));
  let position = at;
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    target[position++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  target[position++] = Number(rest);
  return position;
}

/** Bytes of a length-delimited field: tag of one byte, length, payload. */
export function spanFieldSize(length: number): number {
  return 1 + varintSize(length) + length;
}

/** Below this a loop beats the native call of `Buffer.copy`. */
const SMALL = 24;

/** Writes a length-delimited field that copies `source[start, end)`, gives the position after it. @param tag one byte */
export function writeSpanField(
  target: Buffer,
  at: number,
  tag: number,
  source: Buffer,
  start: number,
  end: number,
): number {
  target[at] = tag;
  let position = writeVarint(target, at + 1, end - start);
  if (end - start > SMALL) return position + source.copy(target, position, start, end);
  for (let from = start; from < end; from += 1) target[position++] = source[from] as number;
  return position;
}
