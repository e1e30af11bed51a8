/** What an answer says of each row it was asked for: its version, or that there is none; or what is wrong with it in itself. */
import { GetOnlineFeaturesResponse } from "../../src/gen/feast/serving/ServingService.ts";
import { ABSENT, ENTITIES, featureOf, rowOf, versionOfSeconds, versionOfValue } from "./hot-data.ts";
import type { AskedView, Question } from "./questions.ts";

const PRESENT = 1;

export interface RowsRead {
  /** Row, state, row, state, … */
  readonly states: readonly number[];
  /** The first row that is mixed, half there, or of another entity; "" = none. */
  readonly wrong: string;
}

type Answer = ReturnType<typeof GetOnlineFeaturesResponse.decode>;
type Vector = Answer["results"][number];

/** @throws Error for bytes that are no answer */
export function readRows(bytes: Buffer, { views, entities }: Pick<Question, "views" | "entities">): RowsRead {
  const { metadata, results } = GetOnlineFeaturesResponse.decode(bytes);
  const columns = new Map((metadata?.featureNames?.val ?? []).map((name, column) => [name, results[column]]));
  const states: number[] = [];
  let wrong = "";
  for (const asked of views) {
    const vectors = asked.features.map((at) => columns.get(featureOf(asked.view, at)));
    for (const [index, entity] of entities.entries()) {
      const state = stateOf(vectors, asked, index, entity);
      if (typeof state === "number") states.push(rowOf(entity, asked.view), state);
      else wrong ||= `view ${asked.view} of entity ${ENTITIES[entity]}: ${state}`;
    }
  }
  return { states, wrong };
}

/** The one write that all cells of a row are of; a sentence when they are not of one. */
function stateOf(
  vectors: readonly (Vector | undefined)[],
  { view, features }: AskedView,
  index: number,
  entity: number,
): number | string {
  let state: number | undefined;
  for (const [place, at] of features.entries()) {
    const cell = cellOf(vectors[place], view, at, index, entity);
    if (typeof cell === "string") return `feature ${at} ${cell}`;
    if (state !== undefined && cell !== state) return `mixes writes ${state} and ${cell}`;
    state = cell;
  }
  return state ?? "nothing was asked";
}

function cellOf(vector: Vector | undefined, view: number, at: number, index: number, entity: number): number | string {
  const value = vector?.values[index]?.val;
  const seconds = Number(vector?.eventTimestamps[index]?.seconds ?? 0n);
  if (vector === undefined || index >= vector.values.length) return "is missing";
  if (value === undefined)
    return seconds === 0 ? ABSENT : `is null with the time of write ${versionOfSeconds(seconds)}`;
  const version = value.$case === "int64Val" ? versionOfValue(Number(value.int64Val), entity, view, at) : undefined;
  if (version === undefined) return `is ${JSON.stringify(value, asText)}, of another row`;
  if (versionOfSeconds(seconds) !== version) {
    return `mixes the value of write ${version} and the time of write ${versionOfSeconds(seconds)}`;
  }
  return vector.statuses[index] === PRESENT ? version : `has status ${vector.statuses[index]}`;
}

function asText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
