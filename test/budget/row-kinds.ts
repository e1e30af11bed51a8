/**
 * What each row of an answer is: a row as it was written (its version), declared values, or nothing. All cells of a row have to be of one
 * kind, with the status and the event time that go with it.
 */
import { FEATURES_PER_VIEW, featureName, viewName } from "../../bench/data/shape.ts";
import { FieldStatus, GetOnlineFeaturesResponse } from "../../src/gen/feast/serving/ServingService.ts";
import { BASE_SECONDS, versionOf } from "../faults/versioned-data.ts";

/** The view that the rows of test/faults/versioned-data.ts are of. */
export const VIEW = viewName(0);

/** Below zero, where no version's value is. */
const declaredValue = (feature: number): number => -1 - feature;

/** `defaults` of {@link VIEW} for the sidecar's configuration. */
export const DECLARED: Readonly<Record<string, number>> = Object.fromEntries(
  Array.from({ length: FEATURES_PER_VIEW }, (_, feature) => [featureName(feature), declaredValue(feature)]),
);

export type RowKind = number | "default" | "unset" | `wrong: ${string}`;

interface Cell {
  readonly value: number | undefined;
  readonly status: FieldStatus | undefined;
  readonly seconds: number;
}

/** One for each entity, in order. @throws Error for bytes that are no answer */
export function rowKinds(bytes: Buffer, entities: readonly number[]): RowKind[] {
  const { metadata, results } = GetOnlineFeaturesResponse.decode(bytes);
  const columnOf = new Map((metadata?.featureNames?.val ?? []).map((name, column) => [name, column]));
  const cellsOf = (row: number): (Cell | undefined)[] =>
    Array.from({ length: FEATURES_PER_VIEW }, (_, feature) => {
      const vector = results[columnOf.get(featureName(feature)) ?? -1];
      if (vector?.values.length !== entities.length) return undefined;
      const value = vector.values[row]?.val;
      if (value !== undefined && value.$case !== "int64Val") return undefined;
      const seconds = Number(vector.eventTimestamps[row]?.seconds ?? Number.NaN);
      return { value: value && Number(value.int64Val), status: vector.statuses[row], seconds };
    });
  return entities.map((entity, row) => kindOf(cellsOf(row), entity));
}

function kindOf(cells: readonly (Cell | undefined)[], entity: number): RowKind {
  let kind: RowKind | undefined;
  for (const [feature, cell] of cells.entries()) {
    if (cell === undefined) return `wrong: feature ${feature} of entity ${entity} is missing, or of another type`;
    const found = cellKind(cell, entity, feature);
    if (typeof found === "string" && found.startsWith("wrong")) return found;
    if (kind !== undefined && found !== kind) return `wrong: entity ${entity} mixes ${kind} and ${found}`;
    kind = found;
  }
  return kind ?? "wrong: no cells";
}

function cellKind({ value, status, seconds }: Cell, entity: number, feature: number): RowKind {
  if (value === undefined) {
    return status === FieldStatus.INVALID ? "unset" : `wrong: no value of entity ${entity}, and status ${status}`;
  }
  if (status !== FieldStatus.PRESENT) return `wrong: a value of entity ${entity} with status ${status}`;
  if (value === declaredValue(feature)) {
    return seconds === 0 ? "default" : `wrong: a declared value of entity ${entity} with event time ${seconds}`;
  }
  const version = versionOf(value, entity, feature);
  if (version === undefined) return `wrong: feature ${feature} of entity ${entity} is ${value}, of another row`;
  return seconds === BASE_SECONDS + version ? version : `wrong: entity ${entity} has the time of another write`;
}
