/**
 * The answer to one entity row as a serialized feast.serving.GetOnlineFeaturesResponse: what resolve-cells.ts and encode-response.ts
 * make of it, without a table of cells. Most calls ask for one row. Measured (bench/micro, "assemble: protobuf, 50 features × 1"):
 * 6.6 µs by way of those two, 2.1 µs here, and 15 % more with the fields of wire/write-varint.ts in place of its own.
 */
import type { BoundRequest } from "../model/bound-request.ts";
import type { CellTally } from "../model/cell-tally.ts";
import { type RowBlock, sourceOf } from "../model/lookup.ts";
import type { ValueColumn } from "../model/request.ts";
import { varintSize, writeVarint } from "../wire/write-varint.ts";
import { FieldStatus } from "./answer-cells.ts";
import { refuseTooLarge } from "./answer-size.ts";
import { metadataOf } from "./encode-metadata.ts";
import { EVENT_TIMESTAMPS, RESULTS, STATUSES, VALUES } from "./response-tags.ts";
import { isExpired, isExplicitNull, type StatusRule } from "./status-rule.ts";
import { viewNameOf } from "./view-name.ts";

/** Tag and length of a value, the three bytes of the only status, tag and length of a timestamp: lengths below 128. */
const FRAME_BYTES = 7;
const NARROW = 0x80;
/** Below this a loop beats the native call of `Buffer.copy`. */
const SMALL = 24;
const NOTHING: Buffer = Buffer.alloc(0);
const NO_SPANS: Int32Array = new Int32Array(0);

/** Of the answer under way, which is made in one go: for each output the start of its value, its length and its status. */
let cells = new Int32Array(3 * 256);

/** @throws ServeError as `assemble` */
export function encodeOneRow(
  bound: BoundRequest,
  blocks: readonly RowBlock[],
  rule: StatusRule,
  nowSeconds: number,
  maxResponseBytes: number,
  tally?: CellTally,
): Buffer {
  const { shape, echoes } = bound;
  const { outputs } = shape;
  if (cells.length < 3 * outputs.length) cells = new Int32Array(3 * outputs.length);
  const metadata = metadataOf(shape);
  let total = metadata.length + resolve(bound, blocks, rule, nowSeconds, tally);
  for (const { spans } of echoes) total += fieldSize(vectorSize(spans[1]! - spans[0]!, 0));
  refuseTooLarge(total, maxResponseBytes);
  const target = Buffer.allocUnsafe(total);
  let at = metadata.copy(target, 0);
  for (const echo of echoes) at = writeEcho(target, at, echo);
  writeOutputs(target, at, bound, blocks);
  return target;
}

/** Fills `cells`. @returns bytes of all columns */
function resolve(
  { shape, lookups, rowToKey }: BoundRequest,
  blocks: readonly RowBlock[],
  rule: StatusRule,
  nowSeconds: number,
  tally: CellTally | undefined,
): number {
  const { outputs } = shape;
  const isGo = rule === "go";
  const absent = rule === "all_found" ? FieldStatus.PRESENT : FieldStatus.NOT_FOUND;
  let total = 0;
  let lookup = -1;
  let timestampSlot = -1;
  let ttlSeconds = -1;
  let key = -1;
  let first = 0;
  let spans = NO_SPANS;
  let source = NOTHING;
  let timestampBytes = 0;
  /** Of values that are there. */
  let present: number = FieldStatus.PRESENT;
  /** Of the view under way. */
  let missing = 0;
  let nulls = 0;
  let expired = 0;
  for (let index = 0; index < outputs.length; index += 1) {
    const output = outputs[index]!;
    // Columns of one view come after each other and have the same event timestamp.
    if (output.lookup !== lookup || output.timestampSlot !== timestampSlot || output.ttlSeconds !== ttlSeconds) {
      if (missing + nulls + expired > 0) {
        tally?.add(viewNameOf(lookups, outputs[index - 1]!), missing, nulls, expired);
        missing = nulls = expired = 0;
      }
      ({ lookup, timestampSlot, ttlSeconds } = output);
      key = rowToKey[lookup]![0]!;
      const block = blocks[lookup]!;
      spans = block.spans;
      first = key * lookups[lookup]!.shape.stride;
      source = key < 0 ? NOTHING : sourceOf(block, key, output.view);
      const stamp = 2 * (first + timestampSlot);
      const stampStart = key < 0 ? -1 : spans[stamp]!;
      timestampBytes = stampStart < 0 ? 0 : spans[stamp + 1]! - stampStart;
      const isOld =
        isGo && ttlSeconds > 0 && key >= 0 && isExpired(output, source, stampStart, spans[stamp + 1]!, nowSeconds);
      present = isOld ? FieldStatus.OUTSIDE_MAX_AGE : FieldStatus.PRESENT;
    }
    let start = -1;
    let length = 0;
    let status: number = FieldStatus.NOT_FOUND;
    if (key >= 0) {
      const cell = 2 * (first + output.slot);
      start = spans[cell]!;
      if (start < 0) status = absent;
      else {
        const end = spans[cell + 1]!;
        status = isGo && end - start === 3 && isExplicitNull(source, start, end) ? FieldStatus.NOT_FOUND : present;
        if (status !== FieldStatus.NOT_FOUND) length = end - start;
      }
    }
    if (start < 0 || status === FieldStatus.NOT_FOUND) missing += 1;
    else if (status === FieldStatus.OUTSIDE_MAX_AGE) expired += 1;
    else if (length === 0) nulls += 1;
    const at = 3 * index;
    cells[at] = start;
    cells[at + 1] = length;
    cells[at + 2] = status;
    total += fieldSize(vectorSize(length, timestampBytes));
  }
  if (missing + nulls + expired > 0) tally?.add(viewNameOf(lookups, outputs.at(-1)!), missing, nulls, expired);
  return total;
}

function writeOutputs(target: Buffer, begin: number, bound: BoundRequest, blocks: readonly RowBlock[]): void {
  const { shape, lookups, rowToKey } = bound;
  const { outputs } = shape;
  let at = begin;
  let lookup = -1;
  let timestampSlot = -1;
  let source = NOTHING;
  let stampStart = 0;
  let stampBytes = 0;
  for (let index = 0; index < outputs.length; index += 1) {
    const output = outputs[index]!;
    if (output.lookup !== lookup || output.timestampSlot !== timestampSlot) {
      ({ lookup, timestampSlot } = output);
      const key = rowToKey[lookup]![0]!;
      const block = blocks[lookup]!;
      const stamp = 2 * (key * lookups[lookup]!.shape.stride + timestampSlot);
      source = key < 0 ? NOTHING : sourceOf(block, key, output.view);
      stampStart = key < 0 ? -1 : block.spans[stamp]!;
      stampBytes = stampStart < 0 ? 0 : block.spans[stamp + 1]! - stampStart;
    }
    const length = cells[3 * index + 1]!;
    at = writeHead(target, at, vectorSize(length, stampBytes));
    at = writeField(target, at, VALUES, source, cells[3 * index]!, length);
    target[at] = STATUSES;
    target[at + 1] = 1;
    target[at + 2] = cells[3 * index + 2]!;
    at = writeField(target, at + 3, EVENT_TIMESTAMPS, source, stampStart, stampBytes);
  }
}

function writeEcho(target: Buffer, begin: number, { bytes, spans }: ValueColumn): number {
  const start = spans[0]!;
  const length = spans[1]! - start;
  let at = writeHead(target, begin, vectorSize(length, 0));
  at = writeField(target, at, VALUES, bytes, start, length);
  target[at] = STATUSES;
  target[at + 1] = 1;
  target[at + 2] = FieldStatus.PRESENT;
  return writeField(target, at + 3, EVENT_TIMESTAMPS, bytes, 0, 0);
}

function writeHead(target: Buffer, at: number, size: number): number {
  target[at] = RESULTS;
  return writeVarint(target, at + 1, size);
}

function writeField(target: Buffer, begin: number, tag: number, source: Buffer, start: number, length: number): number {
  target[begin] = tag;
  let at = begin + 2;
  if (length < NARROW) target[begin + 1] = length;
  else at = writeVarint(target, begin + 1, length);
  if (length > SMALL) return at + source.copy(target, at, start, start + length);
  for (let from = start; from < start + length; from += 1) target[at++] = source[from]!;
  return at;
}

/** Bytes of a FeatureVector of one row. */
function vectorSize(valueBytes: number, timestampBytes: number): number {
  const size = FRAME_BYTES + valueBytes + timestampBytes;
  if (valueBytes < NARROW && timestampBytes < NARROW) return size;
  return size + varintSize(valueBytes) + varintSize(timestampBytes) - 2;
}

function fieldSize(bytes: number): number {
  return bytes < NARROW ? 2 + bytes : 1 + varintSize(bytes) + bytes;
}
