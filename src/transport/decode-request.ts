/**
 * `feast.serving.GetOnlineFeaturesRequest` bytes → FeatureRequest, by hand, because entity Values stay undecoded: a column is
 * spans into the request. Otherwise as protobuf parses: unknown fields and fields with another wire type are skipped, the last
 * of a oneof wins, a repeated message field merges, the last of duplicate map keys wins.
 */
import type { FeatureRequest, RequestColumn } from "../model/request.ts";
import {
  MAX_COLUMNS,
  type RequestLimits,
  tooManyColumns,
  tooManyReferences,
  tooManyRows,
} from "../model/request-limits.ts";
import { ServeError } from "../model/serve-error.ts";
import type { Surface } from "../model/surface.ts";
import { WireError } from "../wire/wire-error.ts";
import { WireReader, WireType } from "../wire/wire-reader.ts";
import { readText } from "./read-text.ts";

/** Tags of feast/protos/feast/serving/ServingService.proto. */
const FEATURE_SERVICE = (1 << 3) | WireType.LENGTH;
const FEATURES = (2 << 3) | WireType.LENGTH;
const ENTITIES = (3 << 3) | WireType.LENGTH;
const FULL_FEATURE_NAMES = (4 << 3) | WireType.VARINT;
const INCLUDE_VERSION_METADATA = (6 << 3) | WireType.VARINT;
const LIST_VALUE = (1 << 3) | WireType.LENGTH;
const ENTRY_KEY = (1 << 3) | WireType.LENGTH;
const ENTRY_VALUE = (2 << 3) | WireType.LENGTH;
const NO_LIMITS: RequestLimits = { maxRows: Number.POSITIVE_INFINITY, maxReferences: Number.POSITIVE_INFINITY };

/**
 * With neither a service nor features both stay empty: what Feast says about that is the planner's matter.
 * @param bytes kept by the columns, so it must not be reused while the request lives
 * @throws ServeError INVALID_ARGUMENT naming the byte offset, or the limit that the request exceeds: nothing after that is read
 */
export function decodeRequest(bytes: Buffer, surface: Surface, limits: RequestLimits = NO_LIMITS): FeatureRequest {
  const reader = new WireReader().reset(bytes, 0, bytes.length);
  try {
    return readRequest(reader, surface, limits);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const message = `Malformed GetOnlineFeaturesRequest at byte ${reader.position}: it ${error.message}`;
    throw new ServeError("INVALID_ARGUMENT", message, { cause: error });
  }
}

function readRequest(reader: WireReader, surface: Surface, limits: RequestLimits): FeatureRequest {
  let featureService = "";
  let features: string[] = [];
  let fullFeatureNames = false;
  let includeVersionMetadata = false;
  const columns: RequestColumn[] = [];
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag === FEATURE_SERVICE) {
      featureService = readText(reader, "a feature_service");
      features = [];
    } else if (tag === FEATURES) {
      featureService = "";
      readFeatureList(reader, features, limits);
    } else if (tag === ENTITIES) {
      columns.push(readEntity(reader, limits));
      if (columns.length > MAX_COLUMNS) throw tooManyColumns();
    } else if (tag === FULL_FEATURE_NAMES) {
      fullFeatureNames = readBool(reader);
    } else if (tag === INCLUDE_VERSION_METADATA) {
      includeVersionMetadata = readBool(reader);
    } else {
      // request_context included: no surface reads it (feast/infra/contrib/grpc_server.py:GetOnlineFeatures).
      reader.skip(tag);
    }
  }
  return {
    surface,
    featureService,
    features,
    fullFeatureNames,
    includeVersionMetadata,
    columns: columns.length < 2 ? columns : withoutDuplicates(columns),
  };
}

/** Of map entries with the same key the last one counts, in the place of the first. */
function withoutDuplicates(columns: readonly RequestColumn[]): RequestColumn[] {
  const byName = new Map<string, RequestColumn>();
  for (const column of columns) byName.set(column.name, column);
  return [...byName.values()];
}

function readBool(reader: WireReader): boolean {
  reader.readVarint();
  return reader.low !== 0 || reader.high !== 0;
}

function readFeatureList(reader: WireReader, into: string[], limits: RequestLimits): void {
  const outerEnd = reader.enter();
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag !== LIST_VALUE) reader.skip(tag);
    else if (into.length >= limits.maxReferences) throw tooManyReferences(limits);
    else into.push(readText(reader, "a feature reference"));
  }
  reader.leave(outerEnd);
}

/** One map entry. Its value may come in several parts, which merge, so rows are counted before they are noted. */
function readEntity(reader: WireReader, limits: RequestLimits): RequestColumn {
  const outerEnd = reader.enter();
  const start = reader.position;
  let name = "";
  let rows = 0;
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag === ENTRY_KEY) name = readText(reader, "a name of an entity column");
    else if (tag === ENTRY_VALUE) rows = readRows(reader, undefined, rows, limits.maxRows);
    else reader.skip(tag);
    if (rows > limits.maxRows) throw tooManyRows(name, limits);
  }
  const spans = new Int32Array(2 * rows);
  reader.position = start;
  let row = 0;
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag === ENTRY_VALUE) row = readRows(reader, spans, row, rows);
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return { kind: "values", name, rows, column: { bytes: reader.bytes, spans } };
}

/** Walks one RepeatedValue, until there are more than `mostRows`; with `spans` notes where each Value is. @returns the row after the last */
function readRows(reader: WireReader, spans: Int32Array | undefined, firstRow: number, mostRows: number): number {
  const outerEnd = reader.enter();
  let row = firstRow;
  while (reader.position < reader.end) {
    const tag = reader.readTag();
    if (tag !== LIST_VALUE) {
      reader.skip(tag);
      continue;
    }
    reader.readSpan();
    if (spans !== undefined) {
      spans[2 * row] = reader.start;
      spans[2 * row + 1] = reader.stop;
    }
    row++;
    if (row > mostRows) return row;
  }
  reader.leave(outerEnd);
  return row;
}
