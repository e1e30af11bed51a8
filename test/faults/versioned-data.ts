/**
 * What the tests write and read: one hash per entity in Feast's layout (bench/data), ten features of one view. A value says whose it is,
 * which feature and which write, so that an answer of another row, half of one write, or an older write is found out.
 */
import { featureField, int64Value, redisKey, timestamp } from "../../bench/data/encode.ts";
import { grpcRequest } from "../../bench/data/requests.ts";
import { FEATURES_PER_VIEW, featureName, JOIN_KEY, PROJECT, viewName } from "../../bench/data/shape.ts";
import { GetOnlineFeaturesResponse } from "../../src/gen/feast/serving/ServingService.ts";

/** Every settled row has this version for ever. */
export const SETTLED_VERSION = 7;
/** Bytes `{A}` of its key make a cluster hash tag by accident. */
const TAGGED_ENTITY = 0x7d417b;

/** Written before the load starts and never again. */
export const SETTLED_ENTITIES: readonly number[] = [TAGGED_ENTITY, ...Array.from({ length: 199 }, (_, index) => index)];
/** Written all the time. */
export const MOVING_ENTITIES: readonly number[] = Array.from({ length: 50 }, (_, index) => 100_000 + index);

const VIEW = viewName(0);
const FIELDS = Array.from({ length: FEATURES_PER_VIEW }, (_, feature) => featureField(VIEW, featureName(feature)));
const TIMESTAMP_FIELD = Buffer.from(`_ts:${VIEW}`);
/** Event time of version 0. */
export const BASE_SECONDS = 1_767_225_600;
const PRESENT = 1;
/** Above any entity × 10 + feature. */
const PER_VERSION = 1e9;

export function entityKey(entity: number): Buffer {
  return redisKey(JOIN_KEY, entity, PROJECT);
}

/** Field, value, field, value, … of HSET. */
export function hashArguments(entity: number, version: number): Buffer[] {
  const pairs = FIELDS.flatMap((field, feature) => [field, int64Value(cellValue(entity, version, feature))]);
  return [...pairs, TIMESTAMP_FIELD, timestamp(BASE_SECONDS + version)];
}

/** A serialized GetOnlineFeaturesRequest for these rows. */
export function requestOf(entities: readonly number[]): Buffer {
  return grpcRequest(FEATURES_PER_VIEW, entities);
}

/** Version of a row; `null` = a cell without a value; a sentence = a wrong answer. */
export type RowVerdict = number | "null" | `wrong: ${string}`;

/** One verdict for each entity, in order. @throws Error for bytes that are no answer */
export function readAnswer(bytes: Buffer, entities: readonly number[]): RowVerdict[] {
  const { metadata, results } = GetOnlineFeaturesResponse.decode(bytes);
  const columnOf = new Map((metadata?.featureNames?.val ?? []).map((name, column) => [name, column]));
  return entities.map((entity, row): RowVerdict => {
    let version: number | undefined;
    for (let feature = 0; feature < FEATURES_PER_VIEW; feature += 1) {
      const name = featureName(feature);
      const vector = results[columnOf.get(name) ?? -1];
      if (vector === undefined || vector.values.length !== entities.length) return `wrong: ${name} is missing`;
      const value = vector.values[row]?.val;
      if (value === undefined) return "null";
      if (value.$case !== "int64Val") return `wrong: ${name} of entity ${entity} is a ${value.$case}`;
      const found = versionOf(Number(value.int64Val), entity, feature);
      if (found === undefined) return `wrong: ${name} of entity ${entity} is ${value.int64Val}, of another row`;
      if (version !== undefined && found !== version) return `wrong: entity ${entity} mixes ${version} and ${found}`;
      version = found;
      if (vector.statuses[row] !== PRESENT) return `wrong: ${name} of entity ${entity} is ${vector.statuses[row]}`;
      const seconds = Number(vector.eventTimestamps[row]?.seconds ?? Number.NaN);
      if (seconds !== BASE_SECONDS + found) return `wrong: entity ${entity} has the time of another write`;
    }
    return version ?? "null";
  });
}

function cellValue(entity: number, version: number, feature: number): number {
  return version * PER_VERSION + entity * 10 + feature;
}

/** undefined = the value is of another row, or another feature. */
export function versionOf(value: number, entity: number, feature: number): number | undefined {
  const version = Math.floor(value / PER_VERSION);
  return value - version * PER_VERSION === entity * 10 + feature ? version : undefined;
}
