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

/** What is wrong with an answer's message, undefined when every name, value, status and event time is right. */
export function checkGrpcAnswer(bytes: Buffer, features: number, entities: ArrayLike<number>): string | undefined {
  const { metadata, results } = GetOnlineFeaturesResponse.decode(bytes);
  const names = metadata?.featureNames?.val ?? [];
  return checkColumns(names, features, entities, (column, row) => {
    const vector = results[column];
    const value = vector?.values[row]?.val;
    return {
      value: value?.$case === "int64Val" ? Number(value.int64Val) : undefined,
      present: vector?.statuses[row] === PRESENT,
      seconds: Number(vector?.eventTimestamps[row]?.seconds ?? Number.NaN),
    };
  });
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
export function checkHttpAnswer(bytes: Buffer, features: number, entities: ArrayLike<number>): string | undefined {
  const { metadata, results } = JSON.parse(bytes.toString()) as JsonAnswer;
  return checkColumns(metadata.feature_names, features, entities, (column, row) => ({
    value: results[column]?.values[row],
    present: results[column]?.statuses[row] === "PRESENT",
    seconds: Date.parse(results[column]?.event_timestamps[row] ?? "") / 1000,
  }));
}

interface Cell {
  readonly value: unknown;
  readonly present: boolean;
  readonly seconds: number;
}

/** By name: Feast's Python servers answer in an order of their own, and surfaces differ in whether the key column is echoed. */
function checkColumns(
  names: readonly string[],
  features: number,
  entities: ArrayLike<number>,
  cellOf: (column: number, row: number) => Cell,
): string | undefined {
  const columnOf = new Map(names.map((name, column) => [name, column]));
  if (columnOf.size !== names.length) return "a name comes twice";
  const wantedNames = features + (columnOf.has(JOIN_KEY) ? 1 : 0);
  if (names.length !== wantedNames) return `${names.length} columns came, not ${wantedNames}`;
  for (let feature = 0; feature < features; feature += 1) {
    const name = featureName(feature);
    const column = columnOf.get(name);
    if (column === undefined) return `${name} is missing`;
    for (let row = 0; row < entities.length; row += 1) {
      const entity = entities[row] as number;
      const { value, present, seconds } = cellOf(column, row);
      const wanted = storedValue(entity, feature);
      if (value !== wanted) return `${name} of entity ${entity} is ${String(value)}, not ${wanted}`;
      if (!present) return `${name} of entity ${entity} is not PRESENT`;
      const written = eventSeconds(entity, Math.floor(feature / FEATURES_PER_VIEW));
      if (seconds !== written) return `${name} of entity ${entity} is of ${seconds}, not ${written}`;
    }
  }
  return undefined;
}
