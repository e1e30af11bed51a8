/** `grpc-timeout`: how long a gRPC caller will wait. */
import { ServeError } from "../model/serve-error.ts";

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * `grpc-timeout` (gRPC's PROTOCOL-HTTP2.md: at most 8 digits and a unit) as milliseconds; "" = none given.
 * @throws ServeError INVALID_ARGUMENT
 */
export function parseGrpcTimeout(value: string): number {
  if (value === "") return Number.POSITIVE_INFINITY;
  const last = value.length - 1;
  const unitMs = UNIT_MS[value.charAt(last)];
  if (unitMs === undefined || last < 1 || last > 8) throw badTimeout(value);
  let amount = 0;
  for (let at = 0; at < last; at++) {
    const digit = value.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) throw badTimeout(value);
    amount = amount * 10 + digit;
  }
  return amount * unitMs;
}

function badTimeout(value: string): ServeError {
  return new ServeError(
    "INVALID_ARGUMENT",
    `Invalid grpc-timeout value "${value.slice(0, 100)}": expected at most 8 digits and one of H, M, S, m, u, n, such as 25m`,
  );
}
