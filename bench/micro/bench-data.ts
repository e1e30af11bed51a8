/** The rooms' inputs for the bench's data: the registry, a request, its bound form and the rows that a store would give. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Registry } from "../../src/gen/feast/core/Registry.ts";
import type { BoundRequest } from "../../src/model/bound-request.ts";
import type { Lookup, RowBlock } from "../../src/model/lookup.ts";
import type { FeatureRequest } from "../../src/model/request.ts";
import type { RegistrySnapshot } from "../../src/model/snapshot.ts";
import { surfaceRules } from "../../src/model/surface.ts";
import { Planner } from "../../src/plan/plan-request.ts";
import { parseSnapshot } from "../../src/registry/parse-snapshot.ts";
import { decodeRequest } from "../../src/transport/decode-request.ts";
import { int64Value, timestamp } from "../data/encode.ts";
import { grpcRequest } from "../data/requests.ts";
import { eventSeconds, FEATURES_PER_VIEW, PROJECT, storedValue } from "../data/shape.ts";

const REGISTRY = fileURLToPath(new URL("../data/repo/registry.db", import.meta.url));

export const RULES = surfaceRules({ statuses: "per_surface", coerceGrpcKeys: false, stateGate: "per_surface" });

export function readSnapshot(): RegistrySnapshot {
  return parseSnapshot(Registry.decode(readFileSync(REGISTRY)), PROJECT).snapshot;
}

export function createPlanner(): Planner {
  return new Planner({
    versioning: false,
    serveWhileMaterializing: false,
    serviceVersionBug: "fix",
    precomputeNames: "fix",
    entityKeyVersion: 3,
    nullKey: "error",
    maxRows: 10_000,
    maxReferences: 5_000,
    maxCells: 1_000_000,
    onPartialKey: () => {},
  });
}

/** Entities 0 … rows − 1. */
export function entitiesOf(rows: number): number[] {
  return Array.from({ length: rows }, (_, row) => row);
}

export function requestOf(features: number, rows: number): FeatureRequest {
  return decodeRequest(grpcRequest(features, entitiesOf(rows)), "serving_service");
}

export function boundOf(features: number, rows: number): BoundRequest {
  return createPlanner().bind(readSnapshot(), requestOf(features, rows), RULES.serving_service);
}

/** The rows of entities 0, 1, … as a store reads them: one buffer per key. */
export function blocksOf({ lookups }: BoundRequest): RowBlock[] {
  return lookups.map(blockOf);
}

function blockOf({ shape, keys }: Lookup): RowBlock {
  const spans = new Int32Array(2 * keys.length * shape.stride);
  const sources = keys.map((_, entity) => {
    const cells: Buffer[] = [];
    for (const [view, { firstSlot, featureNames, timestampSlot }] of shape.views.entries()) {
      for (const i of featureNames.keys()) {
        cells[firstSlot + i] = int64Value(storedValue(entity, view * FEATURES_PER_VIEW + i));
      }
      cells[timestampSlot] = timestamp(eventSeconds(entity, view));
    }
    let at = 0;
    for (const [slot, cell] of cells.entries()) {
      spans[2 * (entity * shape.stride + slot)] = at;
      at += cell.length;
      spans[2 * (entity * shape.stride + slot) + 1] = at;
    }
    return Buffer.concat(cells);
  });
  return { sources, spans };
}
