/** The numbers of the codes that calls end with. */
import type { ServeCode } from "./serve-error.ts";

/** As in google/rpc/code.proto. */
export const GRPC_CODES: Readonly<Record<"OK" | ServeCode, number>> = {
  OK: 0,
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
};
