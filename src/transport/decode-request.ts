/**
 * `feast.serving.GetOnlineFeaturesRequest` bytes → FeatureRequest, by hand, because entity Values stay undecoded: a column is
 * spans into the request. Otherwise as protobuf parses: unknown fields and fields with another wire type are skipped, the last
 * of a oneof wins, a repeated message field merges, the last of duplicate map keys wins.
 */
import type { FeatureRequest, RequestColumn } from "../model/request.ts";
import type { Surface } from "../model/surface.ts";
import { WIRE_BYTES, WIRE_VARINT, WireReader } from "./wire-reader.ts";

/** Field numbers of feast/protos/feast/serving/ServingService.proto. */
const FEATURE_SERVICE = 1;
const FEATURES = 2;
const ENTITIES = 3;
const FULL_FEATURE_NAMES = 4;
const INCLUDE_VERSION_METADATA = 6;
const LIST_VALUE = 1;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/**
 * With neither a service nor features both stay empty: what Feast says about that is the planner's matter.
 * @param bytes kept by the columns, so it must not be reused while the request lives
 * @throws ServeError INVALID_ARGUMENT naming the byte offset
 */
export function decodeRequest(bytes: Buffer, surface: Surface): FeatureRequest {
  const reader = new WireReader(bytes, 0, bytes.length);
  let featureService = "";
  let features: string[] = [];
  let fullFeatureNames = false;
  let includeVersionMetadata = false;
  const columns = new Map<string, RequestColumn>();
  while (reader.at < reader.end) {
    reader.tag();
    const { field, wireType } = reader;
    if (field === FEATURE_SERVICE && wireType === WIRE_BYTES) {
      featureService = reader.string("feature_service");
      features = [];
    } else if (field === FEATURES && wireType === WIRE_BYTES) {
      featureService = "";
      readFeatureList(reader, features);
    } else if (field === ENTITIES && wireType === WIRE_BYTES) {
      const column = readEntity(reader);
      columns.set(column.name, column);
    } else if (field === FULL_FEATURE_NAMES && wireType === WIRE_VARINT) {
      fullFeatureNames = reader.varint() !== 0;
    } else if (field === INCLUDE_VERSION_METADATA && wireType === WIRE_VARINT) {
      includeVersionMetadata = reader.varint() !== 0;
    } else {
      // request_context included: no surface reads it (feast/infra/contrib/grpc_server.py:GetOnlineFeatures).
      reader.skip();
    }
  }
  return {
    surface,
    featureService,
    features,
    fullFeatureNames,
    includeVersionMetadata,
    columns: [...columns.values()],
  };
}

function readFeatureList(reader: WireReader, into: string[]): void {
  const outerEnd = reader.end;
  reader.end = reader.lengthEnd();
  while (reader.at < reader.end) {
    reader.tag();
    if (reader.field === LIST_VALUE && reader.wireType === WIRE_BYTES) into.push(reader.string("a feature reference"));
    else reader.skip();
  }
  reader.end = outerEnd;
}

/** One map entry. Its value may come in several parts, which merge, so rows are counted before they are noted. */
function readEntity(reader: WireReader): RequestColumn {
  const outerEnd = reader.end;
  const entryEnd = reader.lengthEnd();
  const start = reader.at;
  reader.end = entryEnd;
  let name = "";
  let rows = 0;
  while (reader.at < entryEnd) {
    reader.tag();
    if (reader.field === ENTRY_KEY && reader.wireType === WIRE_BYTES)
      name = reader.string("the name of an entity column");
    else if (reader.field === ENTRY_VALUE && reader.wireType === WIRE_BYTES) rows = readRows(reader, undefined, rows);
    else reader.skip();
  }
  const spans = new Int32Array(2 * rows);
  reader.at = start;
  let row = 0;
  while (reader.at < entryEnd) {
    reader.tag();
    if (reader.field === ENTRY_VALUE && reader.wireType === WIRE_BYTES) row = readRows(reader, spans, row);
    else reader.skip();
  }
  reader.end = outerEnd;
  return { kind: "values", name, rows, column: { bytes: reader.bytes, spans } };
}

/** Walks one RepeatedValue; with `spans` notes where each Value is. Returns the row after the last. */
function readRows(reader: WireReader, spans: Int32Array | undefined, firstRow: number): number {
  const outerEnd = reader.end;
  reader.end = reader.lengthEnd();
  let row = firstRow;
  while (reader.at < reader.end) {
    reader.tag();
    if (reader.field !== LIST_VALUE || reader.wireType !== WIRE_BYTES) {
      reader.skip();
      continue;
    }
    const end = reader.lengthEnd();
    if (spans !== undefined) {
      spans[2 * row] = reader.at;
      spans[2 * row + 1] = end;
    }
    reader.at = end;
    row++;
  }
  reader.end = outerEnd;
  return row;
}
