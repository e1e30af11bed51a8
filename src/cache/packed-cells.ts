/**
 * The cells of one view of one key in an allocation of their own: width, an end for each cell (features, then timestamp), bytes.
 * An end is 2 × its offset, + 1 where the cell is absent; a cell begins where the one before it ends.
 */
import type { ReadView } from "./read-shape.ts";
import type { FieldList } from "./view-table.ts";

const NARROW = 2;
const WIDE = 4;
/** Ends of two bytes reach so far. */
const NARROW_REACH = 0x7fff;
/** Below this a loop beats the native call of `Buffer.copy`. */
const SMALL_CELL = 24;

/**
 * Copies a view's cells out of a block.
 * @param first index of the first cell of the key's row
 * @returns undefined when it takes more than `maxBytes`, which are at most 2^30
 */
export function packCells(
  source: Buffer,
  spans: Int32Array,
  first: number,
  view: ReadView,
  maxBytes: number,
): Buffer | undefined {
  const count = view.names.length;
  const begin = 2 * (first + view.firstSlot);
  const timestamp = 2 * (first + view.timestampSlot);
  let size = spans[timestamp + 1]! - spans[timestamp]!;
  for (let span = begin; span < begin + 2 * count; span += 2) size += spans[span + 1]! - spans[span]!;
  let width = NARROW;
  if (1 + NARROW * (count + 1) + size > NARROW_REACH) width = WIDE;
  const bytes = 1 + width * (count + 1) + size;
  if (bytes > maxBytes) return undefined;
  const packed = Buffer.allocUnsafeSlow(bytes);
  packed[0] = width;
  let end = 1;
  let at = 1 + width * (count + 1);
  for (let cell = 0; cell <= count; cell += 1) {
    const span = cell < count ? begin + 2 * cell : timestamp;
    const start = spans[span]!;
    if (start >= 0) {
      const stop = spans[span + 1]!;
      if (stop - start > SMALL_CELL) at += source.copy(packed, at, start, stop);
      else for (let from = start; from < stop; from += 1) packed[at++] = source[from]!;
    }
    const value = 2 * at + (start < 0 ? 1 : 0);
    packed[end] = value & 0xff;
    packed[end + 1] = (value >>> 8) & 0xff;
    if (width === WIDE) {
      packed[end + 2] = (value >>> 16) & 0xff;
      packed[end + 3] = value >>> 24;
    }
    end += width;
  }
  return packed;
}

/**
 * Writes where the cells of `view` are in packed bytes.
 * @param fields what the bytes were read with @param first index of the first cell of the key's row in `spans`
 * @returns false when a field is missing there; `spans` then holds nothing of use
 */
export function writeSpans(
  packed: Buffer,
  fields: FieldList,
  view: ReadView,
  spans: Int32Array,
  first: number,
): boolean {
  const isSame = fields === view.fields;
  const map = isSame ? undefined : view.mapFrom(fields);
  if (map === undefined && !isSame) return false;
  const count = view.names.length;
  const held = fields.names.length;
  let span = 2 * (first + view.firstSlot);
  if (packed[0] === NARROW) {
    const head = 1 + NARROW * (held + 1);
    if (map === undefined) writeInOrder(packed, count, head, spans, span);
    else for (let cell = 0; cell < count; cell += 1, span += 2) writeNarrow(packed, map[cell]!, head, spans, span);
    writeNarrow(packed, held, head, spans, 2 * (first + view.timestampSlot));
  } else {
    const head = 1 + WIDE * (held + 1);
    for (let cell = 0; cell < count; cell += 1, span += 2) {
      writeWide(packed, map === undefined ? cell : map[cell]!, head, spans, span);
    }
    writeWide(packed, held, head, spans, 2 * (first + view.timestampSlot));
  }
  return true;
}

/** Narrow ends one after the other, which is what nearly all rows are read with. */
function writeInOrder(packed: Buffer, count: number, head: number, spans: Int32Array, span: number): void {
  let start = head;
  let at = 1;
  const stop = span + 2 * count;
  for (let to = span; to < stop; to += 2, at += NARROW) {
    const value = packed[at]! | (packed[at + 1]! << 8);
    const end = value >>> 1;
    const isAbsent = (value & 1) !== 0;
    spans[to] = isAbsent ? -1 : start;
    spans[to + 1] = isAbsent ? -1 : end;
    start = end;
  }
}

function writeNarrow(packed: Buffer, cell: number, head: number, spans: Int32Array, to: number): void {
  const at = 1 + NARROW * cell;
  const value = packed[at]! | (packed[at + 1]! << 8);
  const isAbsent = (value & 1) !== 0;
  spans[to] = isAbsent ? -1 : cell === 0 ? head : (packed[at - 2]! | (packed[at - 1]! << 8)) >>> 1;
  spans[to + 1] = isAbsent ? -1 : value >>> 1;
}

function writeWide(packed: Buffer, cell: number, head: number, spans: Int32Array, to: number): void {
  const at = 1 + WIDE * cell;
  const value = packed.readUInt32LE(at);
  const isAbsent = (value & 1) !== 0;
  spans[to] = isAbsent ? -1 : cell === 0 ? head : packed.readUInt32LE(at - WIDE) >>> 1;
  spans[to + 1] = isAbsent ? -1 : value >>> 1;
}
