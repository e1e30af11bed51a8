/** Where each label value of the request metrics has its place in an array. The types make the tables complete. */
import type { Surface } from "../model/surface.ts";
import type { RequestOutcome, StoreReadOutcome } from "./recorder.ts";

/** 0, 1, 2, … in the order written, so that {@link namesOf} gives the names by index. */
export const SURFACE_INDEX: Readonly<Record<Surface, number>> = {
  serving_service: 0,
  grpc_feature_server: 1,
  http: 2,
};

/** As {@link SURFACE_INDEX}. */
export const OUTCOME_INDEX: Readonly<Record<RequestOutcome, number>> = {
  OK: 0,
  INVALID_ARGUMENT: 1,
  NOT_FOUND: 2,
  FAILED_PRECONDITION: 3,
  UNIMPLEMENTED: 4,
  UNAVAILABLE: 5,
  DEADLINE_EXCEEDED: 6,
  RESOURCE_EXHAUSTED: 7,
  CANCELLED: 8,
  INTERNAL: 9,
};

/** As {@link SURFACE_INDEX}. */
export const STORE_READ_INDEX: Readonly<Record<StoreReadOutcome, number>> = {
  ok: 0,
  unavailable: 1,
  deadline: 2,
  error: 3,
};

/** The names of a table of this file, each at its own index. */
export function namesOf<Name extends string>(table: Readonly<Record<Name, number>>): readonly Name[] {
  return Object.keys(table) as Name[];
}
