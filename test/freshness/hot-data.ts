/**
 * The rows of the freshness runs: some entities with three views of the bench's registry. Every value says whose it is, which feature and
 * which write, so that an answer of another row or of two writes is found out; the event time says which write, too, and grows with it.
 */
import { featureField, int64Value, redisKey, timestamp } from "../../bench/data/encode.ts";
import { FEATURES_PER_VIEW, featureName, JOIN_KEY, PROJECT, viewName } from "../../bench/data/shape.ts";

export const VIEWS = 3;
/** Values of the join key. */
export const ENTITIES: readonly number[] = Array.from({ length: 96 }, (_, index) => 500 + index);
export const ROWS = ENTITIES.length * VIEWS;
/** The state of a row that does not exist; any other state is the version of its last write. */
export const ABSENT = 0;

/** 2020-01-01: event times are in the past for hours of writes. */
export const BASE_SECONDS = 1_577_836_800;
export const PER_ENTITY = 100;
export const PER_VERSION = 1_000 * PER_ENTITY;
const FIELDS = Array.from({ length: VIEWS }, (_, view) =>
  Array.from({ length: FEATURES_PER_VIEW }, (_, at) => featureField(viewName(view), featureOf(view, at))),
);

/** A row is known by one number. @param entity index into {@link ENTITIES} */
export function rowOf(entity: number, view: number): number {
  return entity * VIEWS + view;
}

/** @param entity index into {@link ENTITIES} */
export function entityKey(entity: number): Buffer {
  return redisKey(JOIN_KEY, ENTITIES[entity] as number, PROJECT);
}

/** Name of a view's feature. @param at counts from 0 in each view */
export function featureOf(view: number, at: number): string {
  return featureName(view * FEATURES_PER_VIEW + at);
}

export function timestampField(view: number): string {
  return `_ts:${viewName(view)}`;
}

/** Field, value, field, value, … of the HSET that Feast would send for one view. */
export function hashArguments(entity: number, view: number, version: number): Buffer[] {
  const fields = FIELDS[view] as readonly Buffer[];
  const pairs = fields.flatMap((field, at) => [field, int64Value(cellValue(entity, view, at, version))]);
  return [Buffer.from(timestampField(view)), timestamp(BASE_SECONDS + version), ...pairs];
}

/** The version that a stored timestamp names. @throws RangeError for other bytes */
export function versionOfTimestamp(bytes: Uint8Array): number {
  let seconds = 0;
  for (let at = 1, scale = 1; at < bytes.length; at += 1, scale *= 0x80) {
    seconds += ((bytes[at] as number) & 0x7f) * scale;
    if ((bytes[at] as number) < 0x80) break;
  }
  return versionOfSeconds(seconds) ?? fail(bytes);
}

/** @returns undefined for event times of nobody's write */
export function versionOfSeconds(seconds: number): number | undefined {
  const version = seconds - BASE_SECONDS;
  return version > 0 ? version : undefined;
}

/** @returns undefined for a value of another row or feature */
export function versionOfValue(value: number, entity: number, view: number, at: number): number | undefined {
  const version = Math.floor(value / PER_VERSION);
  return version > 0 && value === cellValue(entity, view, at, version) ? version : undefined;
}

function cellValue(entity: number, view: number, at: number, version: number): number {
  return version * PER_VERSION + (ENTITIES[entity] as number) * PER_ENTITY + view * FEATURES_PER_VIEW + at;
}

function fail(bytes: Uint8Array): never {
  throw new RangeError(`no write has the time ${Buffer.from(bytes).toString("hex")}`);
}
