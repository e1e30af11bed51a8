/**
 * The answer as a serialized feast.serving.GetOnlineFeaturesResponse: sizes first, then one buffer. Stored Values and
 * Timestamps are copied as they are; they already are the bytes of the answer.
 */
import type { AnswerShape, BoundRequest } from "../model/bound-request.ts";
import type { ValueColumn } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";
import { spanFieldSize, varintSize, writeSpanField, writeVarint } from "../wire/write-varint.ts";
import { type AnswerCells, type CellBlock, type CellColumn, FieldStatus } from "./answer-cells.ts";
import { encodeMetadata } from "./encode-metadata.ts";

// Tags, all length-delimited (feast/serving/ServingService.proto).
const RESULTS = 0x12;
const VALUES = 0x0a;
const STATUSES = 0x12;
const EVENT_TIMESTAMPS = 0x1a;
/** An empty message in a repeated field: tag and length 0. */
const EMPTY_FIELD_BYTES = 2;

/** @throws ServeError INVALID_ARGUMENT (`limit`) when the answer is larger than `maxResponseBytes`, before it is built */
export function encodeResponse(bound: BoundRequest, cells: AnswerCells, maxResponseBytes: number): Buffer {
  const { rows, shape, echoes } = bound;
  const metadata = metadataOf(shape);
  const vectorSizes = new Float64Array(echoes.length + cells.columns.length);
  let total = metadata.length;
  let column = 0;
  for (const echo of echoes) {
    const size = statusesSize(rows) + echoSize(echo, rows) + rows * EMPTY_FIELD_BYTES;
    vectorSizes[column++] = size;
    total += spanFieldSize(size);
  }
  let timestamps = 0;
  let previous: CellColumn | undefined;
  for (const cell of cells.columns) {
    const block = cells.blocks[cell.lookup] as CellBlock;
    if (!sharesTimestamps(previous, cell)) timestamps = timestampsSize(block, cell.timestampSlot, rows);
    previous = cell;
    const size = statusesSize(rows) + valuesSize(block, cell.slot, rows) + timestamps;
    vectorSizes[column++] = size;
    total += spanFieldSize(size);
  }
  refuseTooLarge(total, maxResponseBytes);
  return writeAll(bound, cells, vectorSizes, metadata, Buffer.allocUnsafe(total));
}

function writeAll(
  { rows, echoes }: BoundRequest,
  cells: AnswerCells,
  vectorSizes: Float64Array,
  metadata: Buffer,
  target: Buffer,
): Buffer {
  let at = metadata.copy(target, 0);
  let column = 0;
  for (const echo of echoes) {
    at = writeVectorHead(target, at, vectorSizes[column++] as number);
    for (let row = 0; row < rows; row += 1) {
      at = writeSpanField(
        target,
        at,
        VALUES,
        echo.bytes,
        echo.spans[row * 2] as number,
        echo.spans[row * 2 + 1] as number,
      );
    }
    at = writeStatusesHead(target, at, rows);
    target.fill(FieldStatus.PRESENT, at, at + rows);
    at += rows;
    for (let row = 0; row < rows; row += 1) at = writeEmptyField(target, at, EVENT_TIMESTAMPS);
  }
  let timestampsStart = 0;
  let timestampsStop = 0;
  let previous: CellColumn | undefined;
  for (const cell of cells.columns) {
    const block = cells.blocks[cell.lookup] as CellBlock;
    at = writeVectorHead(target, at, vectorSizes[column++] as number);
    at = writeValues(target, at, block, cell.slot, rows);
    at = writeStatuses(target, at, block, cell.slot, rows);
    const start = at;
    if (sharesTimestamps(previous, cell)) {
      target.copyWithin(at, timestampsStart, timestampsStop);
      at += timestampsStop - timestampsStart;
    } else {
      at = writeTimestamps(target, at, block, cell.timestampSlot, rows);
    }
    timestampsStart = start;
    timestampsStop = at;
    previous = cell;
  }
  return target;
}

const metadataByShape = new WeakMap<AnswerShape, Buffer>();

function metadataOf(shape: AnswerShape): Buffer {
  let bytes = metadataByShape.get(shape);
  if (bytes === undefined) {
    bytes = encodeMetadata(shape);
    metadataByShape.set(shape, bytes);
  }
  return bytes;
}

/** Columns of one view come after each other and have the same event timestamps. */
function sharesTimestamps(previous: CellColumn | undefined, { lookup, timestampSlot }: CellColumn): boolean {
  return previous !== undefined && previous.lookup === lookup && previous.timestampSlot === timestampSlot;
}

function refuseTooLarge(size: number, maxResponseBytes: number): void {
  if (size <= maxResponseBytes) return;
  throw new ServeError(
    "INVALID_ARGUMENT",
    `The answer takes ${size} bytes, more than sidecar.limits.max_response_bytes = ${maxResponseBytes}`,
    { reason: "limit" },
  );
}

function statusesSize(rows: number): number {
  return rows === 0 ? 0 : 1 + varintSize(rows) + rows;
}

function echoSize({ spans }: ValueColumn, rows: number): number {
  let size = 0;
  for (let at = 0; at < rows * 2; at += 2) size += spanFieldSize((spans[at + 1] as number) - (spans[at] as number));
  return size;
}

function valuesSize({ stride, spans, statuses, rowToKey }: CellBlock, slot: number, rows: number): number {
  let size = 0;
  for (let row = 0; row < rows; row += 1) {
    const key = rowToKey[row] as number;
    const cell = key * stride + slot;
    if (key < 0 || statuses[cell] === FieldStatus.NOT_FOUND) size += EMPTY_FIELD_BYTES;
    else size += spanFieldSize((spans[cell * 2 + 1] as number) - (spans[cell * 2] as number));
  }
  return size;
}

function timestampsSize({ stride, spans, rowToKey }: CellBlock, slot: number, rows: number): number {
  let size = 0;
  for (let row = 0; row < rows; row += 1) {
    const key = rowToKey[row] as number;
    const at = (key * stride + slot) * 2;
    if (key < 0 || (spans[at] as number) < 0) size += EMPTY_FIELD_BYTES;
    else size += spanFieldSize((spans[at + 1] as number) - (spans[at] as number));
  }
  return size;
}

function writeVectorHead(target: Buffer, at: number, size: number): number {
  target[at] = RESULTS;
  return writeVarint(target, at + 1, size);
}

function writeStatusesHead(target: Buffer, at: number, rows: number): number {
  if (rows === 0) return at;
  target[at] = STATUSES;
  return writeVarint(target, at + 1, rows);
}

function writeEmptyField(target: Buffer, at: number, tag: number): number {
  target[at] = tag;
  target[at + 1] = 0;
  return at + EMPTY_FIELD_BYTES;
}

function writeValues(target: Buffer, start: number, block: CellBlock, slot: number, rows: number): number {
  const { stride, sources, spans, statuses, rowToKey } = block;
  let at = start;
  for (let row = 0; row < rows; row += 1) {
    const key = rowToKey[row] as number;
    const cell = key * stride + slot;
    if (key < 0 || statuses[cell] === FieldStatus.NOT_FOUND) {
      at = writeEmptyField(target, at, VALUES);
    } else {
      const source = sources[key] as Buffer;
      at = writeSpanField(target, at, VALUES, source, spans[cell * 2] as number, spans[cell * 2 + 1] as number);
    }
  }
  return at;
}

function writeStatuses(target: Buffer, start: number, block: CellBlock, slot: number, rows: number): number {
  const { stride, statuses, rowToKey } = block;
  let at = writeStatusesHead(target, start, rows);
  for (let row = 0; row < rows; row += 1) {
    const key = rowToKey[row] as number;
    target[at++] = key < 0 ? FieldStatus.NOT_FOUND : (statuses[key * stride + slot] as number);
  }
  return at;
}

function writeTimestamps(target: Buffer, start: number, block: CellBlock, slot: number, rows: number): number {
  const { stride, sources, spans, rowToKey } = block;
  let at = start;
  for (let row = 0; row < rows; row += 1) {
    const key = rowToKey[row] as number;
    const span = (key * stride + slot) * 2;
    if (key < 0 || (spans[span] as number) < 0) {
      at = writeEmptyField(target, at, EVENT_TIMESTAMPS);
    } else {
      const source = sources[key] as Buffer;
      at = writeSpanField(target, at, EVENT_TIMESTAMPS, source, spans[span] as number, spans[span + 1] as number);
    }
  }
  return at;
}
