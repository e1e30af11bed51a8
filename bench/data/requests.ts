/** Requests of the bench, and what their answers must say. */
import { GetOnlineFeaturesResponse } from "../../src/gen/feast/serving/ServingService.ts";
import { int64Value, lengthField } from "./encode.ts";
import { eventSeconds, FEATURES_PER_VIEW, featureName, JOIN_KEY, serviceName, storedValue } from "./shape.ts";

const PRESENT = 1;

/** A serialized feast.serving.GetOnlineFeaturesRequest that names the feature service of that many features. */
export function grpcRequest(features: number, entities: ArrayLike<number>): Buffer {
  const cells = Array.from(entities, (entity) => lengthField(1, int64Value(entity)));
  const entry = Buffer.concat([lengthField(1, Buffer.from(JOIN_KEY)), lengthField(2, Buffer.concat(cells))]);
  return Buffer.concat([lengthField(1, Buffer.from(serviceName(features))), lengthField(3, entry)]);
}

/** The same question as a body for `POST /get-online-features`. */
export function httpRequest(features: number, entities: ArrayLike<number>): Buffer {
  const body = { feature_service: serviceName(features), entities: { [JOIN_KEY]: Array.from(entities) } };
  return Buffer.from(JSON.stringify(body));
}

/**
 * What a server says about the key column, whose values are always those asked for: with event times of zero, as Feast's Python servers
 * (feast/utils.py:_populate_result_rows_from_columnar); with the time of the answer, as its Go server; or perhaps not at all (its Java server).
 */
export type KeyColumn = "zero-time" | "now" | "optional";

/** What "the time of the answer" may be away from the time of the check, which follows the run. */
const NOW_TOLERANCE_SECONDS = 600;

/** What is wrong with an answer's message, undefined when every name, value, status and event time is right and nothing else came. */
export function checkGrpcAnswer(
  bytes: Buffer,
  features: number,
  entities: ArrayLike<number>,
  keyColumn: KeyColumn = "zero-time",
): string | undefined {
  const { metadata, results } = GetOnlineFeaturesResponse.decode(bytes);
  const columns = results.map(({ values, statuses, eventTimestamps }) => ({
    values: values.map(({ val }) => (val?.$case === "int64Val" ? Number(val.int64Val) : undefined)),
    present: statuses.map((status) => status === PRESENT),
    seconds: eventTimestamps.map(({ seconds, nanos }) => Number(seconds) + nanos / 1e9),
  }));
  return checkColumns(metadata?.featureNames?.val ?? [], columns, features, entities, keyColumn);
}

interface JsonAnswer {
  readonly metadata: { readonly feature_names: readonly string[] };
  readonly results: readonly {
    readonly values: readonly unknown[];
    readonly statuses: readonly string[];
    readonly event_timestamps: readonly string[];
  }[];
}

/** The same for a body of the HTTP surface. */
export function checkHttpAnswer(
  bytes: Buffer,
  features: number,
  entities: ArrayLike<number>,
  keyColumn: KeyColumn = "zero-time",
): string | undefined {
  const { metadata, results } = JSON.parse(bytes.toString()) as JsonAnswer;
  const columns = results.map(({ values, statuses, event_timestamps }) => ({
    values,
    present: statuses.map((status) => status === "PRESENT"),
    seconds: event_timestamps.map((time) => Date.parse(time) / 1000),
  }));
  return checkColumns(metadata.feature_names, columns, features, entities, keyColumn);
}

/** One answered vector; three lists, each with an entry for each row. */
interface Column {
  readonly values: readonly unknown[];
  readonly present: readonly boolean[];
  readonly seconds: readonly number[];
}

/** By name: Feast's Python servers answer in an order of their own. */
function checkColumns(
  names: readonly string[],
  columns: readonly Column[],
  features: number,
  entities: ArrayLike<number>,
  keyColumn: KeyColumn,
): string | undefined {
  const columnOf = new Map(names.map((name, column) => [name, columns[column]]));
  if (columnOf.size !== names.length) return "a name comes twice";
  if (columns.length !== names.length) return `${columns.length} vectors came for ${names.length} names`;
  const key = columnOf.get(JOIN_KEY);
  if (key === undefined && keyColumn !== "optional") return `${JOIN_KEY} is missing`;
  const wantedNames = features + (key === undefined ? 0 : 1);
  if (names.length !== wantedNames) return `${names.length} columns came, not ${wantedNames}`;
  if (key !== undefined) {
    const problem = checkColumn(JOIN_KEY, key, entities, (entity) => entity, keyTime(keyColumn));
    if (problem !== undefined) return problem;
  }
  for (let feature = 0; feature < features; feature += 1) {
    const name = featureName(feature);
    const column = columnOf.get(name);
    if (column === undefined) return `${name} is missing`;
    const view = Math.floor(feature / FEATURES_PER_VIEW);
    const problem = checkColumn(
      name,
      column,
      entities,
      (entity) => storedValue(entity, feature),
      (entity) => ({ seconds: eventSeconds(entity, view), tolerance: 0 }),
    );
    if (problem !== undefined) return problem;
  }
  return undefined;
}

interface WantedTime {
  readonly seconds: number;
  readonly tolerance: number;
}

/** Of a key column. */
function keyTime(keyColumn: KeyColumn): (entity: number) => WantedTime {
  if (keyColumn === "zero-time") return () => ({ seconds: 0, tolerance: 0 });
  if (keyColumn === "optional") return () => ({ seconds: 0, tolerance: Number.POSITIVE_INFINITY });
  const now = { seconds: Math.floor(Date.now() / 1000), tolerance: NOW_TOLERANCE_SECONDS };
  return () => now;
}

function checkColumn(
  name: string,
  { values, present, seconds }: Column,
  entities: ArrayLike<number>,
  wantedValue: (entity: number) => number,
  wantedTime: (entity: number) => WantedTime,
): string | undefined {
  const rows = entities.length;
  const wantedRows = `${rows} ${rows === 1 ? "row" : "rows"}`;
  if (values.length !== rows) return `${name} has ${values.length} values for ${wantedRows}`;
  if (present.length !== rows) return `${name} has ${present.length} statuses for ${wantedRows}`;
  if (seconds.length !== rows) return `${name} has ${seconds.length} event times for ${wantedRows}`;
  for (let row = 0; row < rows; row += 1) {
    const entity = entities[row] as number;
    const value = wantedValue(entity);
    if (values[row] !== value) return `${name} of entity ${entity} is ${String(values[row])}, not ${value}`;
    if (!present[row]) return `${name} of entity ${entity} is not PRESENT`;
    const time = wantedTime(entity);
    if (!(Math.abs((seconds[row] as number) - time.seconds) <= time.tolerance)) {
      return `${name} of entity ${entity} is of ${seconds[row]}, not ${time.seconds}`;
    }
  }
  return undefined;
}
