/** The one question of these tests over each surface: trips of drivers 1, 2 (known) and 3 (not), from the golden repositories. */
import { Metadata } from "@grpc/grpc-js";
import { grpcGetOnlineFeatures, type ServicePath } from "../conformance/oracle/feast-client.ts";
import type { TestSidecar } from "./start-sidecar.ts";

export const TRIPS_BODY = '{"features":["driver_stats:trips"],"entities":{"driver_id":[1,2,3]}}';
export const TRIPS_MESSAGE = {
  features: { val: ["driver_stats:trips"] },
  entities: { driver_id: { val: [{ int64_val: "1" }, { int64_val: "2" }, { int64_val: "3" }] } },
};
/** Values of the right answer. */
export const TRIPS = [10, 20, null];

export interface HttpTrips {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly headers: Headers;
  readonly body: string;
  /** Of the feature; undefined unless the status is 200. */
  readonly values: readonly unknown[] | undefined;
  readonly tookMs: number;
}

/** @param headers added to the usual ones */
export async function askHttp(
  url: string,
  body: string | Buffer = TRIPS_BODY,
  headers: Record<string, string> = {},
): Promise<HttpTrips> {
  const startMs = performance.now();
  const response = await fetch(`${url}/get-online-features`, { method: "POST", body, headers });
  const text = await response.text();
  const parsed = response.status === 200 ? (JSON.parse(text) as { results: { values: unknown[] }[] }) : undefined;
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    headers: response.headers,
    body: text,
    values: parsed?.results[1]?.values,
    tookMs: performance.now() - startMs,
  };
}

export interface GrpcTrips {
  readonly code: number;
  readonly details: string;
  readonly pushback: string | undefined;
  readonly values: readonly unknown[] | undefined;
  readonly tookMs: number;
}

export async function askGrpc(
  address: string,
  path: ServicePath = "feast.serving.ServingService",
  request: Buffer | Readonly<Record<string, unknown>> = TRIPS_MESSAGE,
  metadata: Readonly<Record<string, string>> = {},
): Promise<GrpcTrips> {
  const given = new Metadata();
  for (const [name, value] of Object.entries(metadata)) given.set(name, value);
  const startMs = performance.now();
  const answer = await grpcGetOnlineFeatures(address, path, request, given);
  const [pushback] = answer.trailers.get("grpc-retry-pushback-ms").map(String);
  return {
    code: answer.code,
    details: answer.details,
    pushback,
    values: answer.response?.results[1]?.values.map((value) =>
      value["int64_val"] === undefined ? null : Number(value["int64_val"]),
    ),
    tookMs: performance.now() - startMs,
  };
}

/** The value of one metric, by its name with its labels as printed; undefined when it is not there. */
export async function metric(sidecar: TestSidecar, name: string): Promise<number | undefined> {
  const line = (await sidecar.admin("/metrics")).body.split("\n").find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** Asks over and over until `good`. @throws Error with the last answer after 10 s */
export async function askUntil<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (performance.now() > end) throw new Error(`waited in vain, last: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
