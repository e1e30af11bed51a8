/** What the app in the pod prints (test/node/app/app.ts), and whether its answers are right. */
import { decodeResponse } from "../conformance/oracle/feast-client.ts";

/** Of entities that exist: a row that was not there when it was read is never shown as stale. */
export const TRIPS_BODY = '{"features":["driver_stats:trips"],"entities":{"driver_id":[1,2]}}';
export const TRIPS_MESSAGE = {
  features: { val: ["driver_stats:trips"] },
  entities: { driver_id: { val: [{ int64_val: "1" }, { int64_val: "2" }] } },
};
const TRIPS = [10, 20];

export interface AppCall {
  readonly via: "http" | "grpc";
  /** When it began, Date.now(). */
  readonly atMs: number;
  readonly ok: boolean;
  /** Status of HTTP, or grpc-status; left out when the connection failed. */
  readonly code?: number;
  /** What the header or trailer `feast-sidecar-degraded` says. */
  readonly degraded?: string;
  readonly body?: string;
  readonly error?: string;
}

export interface AppEvent {
  readonly event: "start" | "sigterm" | "end";
  readonly atMs: number;
}

export function isCall(line: AppCall | AppEvent): line is AppCall {
  return "via" in line;
}

/** Those that failed or say something else, with their times; a few of them, because there are fifty a second. */
export function wrongOnes(calls: readonly AppCall[]): readonly AppCall[] {
  return calls.filter((call) => !isRight(call)).slice(0, 5);
}

/** When the first right call began that no failed one follows; undefined = the last one failed. */
export function rightFrom(calls: readonly AppCall[]): number | undefined {
  return calls[calls.findLastIndex((call) => !isRight(call)) + 1]?.atMs;
}

function isRight(call: AppCall): boolean {
  return call.ok && JSON.stringify(tripsOf(call)) === JSON.stringify(TRIPS);
}

function tripsOf({ via, body = "" }: AppCall): unknown[] | undefined {
  if (via === "http") return (JSON.parse(body) as { results: { values: unknown[] }[] }).results[1]?.values;
  const [, trips] = decodeResponse(Buffer.from(body, "base64")).results;
  return trips?.values.map((value) => (value["int64_val"] === undefined ? null : Number(value["int64_val"])));
}
