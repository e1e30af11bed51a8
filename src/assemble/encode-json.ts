/** The answer as the JSON text of Feast's feature server (feast/feature_server_utils.py:convert_response_to_dict), compact and in its key order. */
import type { AnswerShape, BoundRequest } from "../model/bound-request.ts";
import type { ValueColumn } from "../model/request.ts";
import { TimestampReader } from "../wire/read-timestamp.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { type AnswerCells, type CellBlock, type CellColumn, FieldStatus, sourceOffset } from "./answer-cells.ts";
import type { ColumnTally } from "./column-tally.ts";
import { metadataJson } from "./encode-metadata.ts";
import { JsonWriter } from "./json-writer.ts";
import { malformed } from "./malformed.ts";
import { printValue } from "./print-value.ts";
import type { AnswerEncoder } from "./steps.ts";
import { timestampText } from "./zoned-time.ts";

const COMMA = 0x2c;
/** First guess of a cell's text: value, status, timestamp. */
const BYTES_PER_CELL = 48;
const EPOCH = '"1970-01-01T00:00:00Z"';
const PRESENT = '"PRESENT"';
const NOT_FOUND = '"NOT_FOUND"';
/** By FieldStatus. */
const STATUS_TEXTS: readonly string[] = ['"INVALID"', PRESENT, '"NULL_VALUE"', NOT_FOUND, '"OUTSIDE_MAX_AGE"'];
const EMPTY = Buffer.alloc(0);

/** The encoder of one answer; each step prints a column. */
export class JsonEncoder implements AnswerEncoder {
  readonly steps: number;
  readonly #bound: BoundRequest;
  readonly #cells: AnswerCells;
  readonly #tally: ColumnTally | undefined;
  readonly #metadata: Buffer;
  readonly #encoder: ColumnEncoder;

  constructor(bound: BoundRequest, cells: AnswerCells, maxResponseBytes: number, tally?: ColumnTally) {
    this.#bound = bound;
    this.#tally = tally;
    this.#cells = cells;
    this.steps = bound.echoes.length + cells.columns.length;
    this.#metadata = metadataOf(bound.shape);
    const expectedBytes = this.#metadata.length + this.steps * bound.rows * BYTES_PER_CELL;
    this.#encoder = new ColumnEncoder(bound.rows, maxResponseBytes, expectedBytes);
    this.#encoder.writer.ascii('{"results":[');
  }

  /**
   * @throws ServeError INVALID_ARGUMENT (`limit`) as soon as more than `maxResponseBytes` are written; INTERNAL naming the feature
   *   when a stored value cannot be read
   */
  step(index: number): void {
    const { echoes, shape } = this.#bound;
    if (index > 0) this.#encoder.writer.byte(COMMA);
    if (index < echoes.length) {
      this.#encoder.echo(echoes[index] as ValueColumn, shape.echoNames[index] ?? "");
      return;
    }
    const column = this.#cells.columns[index - echoes.length] as CellColumn;
    const block = this.#cells.blocks[column.lookup] as CellBlock;
    this.#tally?.count(block, column);
    this.#encoder.stored(block, column);
  }

  finish(): Buffer {
    const { writer } = this.#encoder;
    writer.ascii('],"metadata":');
    writer.copy(this.#metadata, 0, this.#metadata.length);
    writer.ascii("}");
    return writer.finish();
  }
}

const metadataByShape = new WeakMap<AnswerShape, Buffer>();

function metadataOf(shape: AnswerShape): Buffer {
  let text = metadataByShape.get(shape);
  if (text === undefined) {
    text = Buffer.from(metadataJson(shape));
    metadataByShape.set(shape, text);
  }
  return text;
}

/** Prints one FeatureVector after the other. */
class ColumnEncoder {
  readonly writer: JsonWriter;
  readonly #rows: number;
  readonly #reader = new WireReader();
  readonly #timestamp = new TimestampReader();
  /** Where the last stored column's timestamps were printed: the other columns of the view have the same. */
  #timestampsOf: CellColumn | undefined;
  #timestampsStart = 0;
  #timestampsStop = 0;

  constructor(rows: number, maxResponseBytes: number, expectedBytes: number) {
    this.#rows = rows;
    this.writer = new JsonWriter(maxResponseBytes, expectedBytes);
  }

  /** An entity column: as it was asked, PRESENT, at time zero. */
  echo({ bytes, spans }: ValueColumn, name: string): void {
    const { writer } = this;
    writer.ascii('{"values":[');
    for (let row = 0; row < this.#rows; row += 1) {
      if (row > 0) writer.byte(COMMA);
      this.#value(bytes, spans[row * 2] as number, spans[row * 2 + 1] as number, "value of entity", name);
    }
    writer.ascii('],"statuses":[');
    for (let row = 0; row < this.#rows; row += 1) {
      if (row > 0) writer.byte(COMMA);
      writer.ascii(PRESENT);
    }
    writer.ascii("]");
    if (this.#rows > 0) {
      writer.ascii(',"event_timestamps":[');
      for (let row = 0; row < this.#rows; row += 1) {
        if (row > 0) writer.byte(COMMA);
        writer.ascii(EPOCH);
      }
      writer.ascii("]");
    }
    writer.ascii("}");
  }

  stored(block: CellBlock, column: CellColumn): void {
    const { writer } = this;
    writer.ascii('{"values":[');
    this.#values(block, column);
    writer.ascii('],"statuses":[');
    this.#statuses(block, column.slot);
    writer.ascii("]");
    // A vector without timestamps has no such key.
    if (this.#rows > 0) {
      writer.ascii(',"event_timestamps":[');
      this.#timestamps(block, column);
      writer.ascii("]");
    }
    writer.ascii("}");
  }

  #values(block: CellBlock, column: CellColumn): void {
    const { stride, sources, sourcesPerKey, spans, statuses, rowToKey } = block;
    const { slot, name } = column;
    const offset = sourceOffset(block, column);
    for (let row = 0; row < this.#rows; row += 1) {
      if (row > 0) this.writer.byte(COMMA);
      const key = rowToKey[row] as number;
      const cell = key * stride + slot;
      if (key < 0 || statuses[cell] === FieldStatus.NOT_FOUND) {
        this.writer.ascii("null");
      } else {
        const source = sources[key * sourcesPerKey + offset] as Buffer;
        this.#value(source, spans[cell * 2] as number, spans[cell * 2 + 1] as number, "stored value of feature", name);
      }
    }
  }

  #value(source: Buffer, start: number, end: number, what: string, name: string): void {
    if (end <= start) {
      this.writer.ascii("null");
      return;
    }
    try {
      printValue(this.#reader.reset(source, start, end), this.writer);
    } catch (error) {
      throw malformed(`The ${what} '${name}'`, error);
    }
    this.writer.checkSize();
  }

  #statuses({ stride, statuses, rowToKey }: CellBlock, slot: number): void {
    for (let row = 0; row < this.#rows; row += 1) {
      if (row > 0) this.writer.byte(COMMA);
      const key = rowToKey[row] as number;
      this.writer.ascii(key < 0 ? NOT_FOUND : (STATUS_TEXTS[statuses[key * stride + slot]!] as string));
    }
  }

  #timestamps(block: CellBlock, column: CellColumn): void {
    const { writer } = this;
    const previous = this.#timestampsOf;
    const start = writer.length;
    if (previous?.lookup === column.lookup && previous.timestampSlot === column.timestampSlot) {
      writer.repeat(this.#timestampsStart, this.#timestampsStop);
      return;
    }
    const offset = sourceOffset(block, column);
    for (let row = 0; row < this.#rows; row += 1) {
      if (row > 0) writer.byte(COMMA);
      const key = block.rowToKey[row] as number;
      const at = (key * block.stride + column.timestampSlot) * 2;
      const from = key < 0 ? -1 : (block.spans[at] as number);
      if (from < 0) writer.ascii(EPOCH);
      else {
        const source = block.sources[key * block.sourcesPerKey + offset] ?? EMPTY;
        this.#timestampOf(source, from, block.spans[at + 1] as number, column.name);
      }
    }
    this.#timestampsOf = column;
    this.#timestampsStart = start;
    this.#timestampsStop = writer.length;
  }

  #timestampOf(source: Buffer, start: number, end: number, name: string): void {
    const timestamp = this.#timestamp;
    try {
      timestamp.read(source, start, end);
      this.writer.ascii(`"${timestampText(timestamp.seconds, timestamp.nanos)}"`);
    } catch (error) {
      throw malformed(`The stored event timestamp of feature '${name}'`, error);
    }
  }
}
