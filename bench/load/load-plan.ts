/** What one run of the load client is told, and what it says in the end; both travel as JSON. */

import type { HistogramJson } from "../../src/load/latency-histogram.ts";
import type { KeyColumn } from "../data/requests.ts";
import type { HeaderPair } from "./http2-frames.ts";
import type { KeyDistribution } from "./key-picker.ts";

/** `open`: so many calls a second whatever the server does. `closed`: a call leaves when one comes back. */
export type LoadMode =
  | { readonly kind: "open"; readonly ratePerSecond: number }
  | { readonly kind: "closed"; readonly inFlight: number };

export type Target =
  | { readonly protocol: "grpc"; readonly path: string }
  | { readonly protocol: "http1"; readonly connections: number }
  | { readonly protocol: "redis" };

export interface LoadPlan {
  readonly host: string;
  readonly port: number;
  readonly target: Target;
  /** Of every call; gRPC only. */
  readonly headers?: readonly HeaderPair[] | undefined;
  /** Of the feature service: 10, 50 or 250. */
  readonly features: number;
  readonly rows: number;
  readonly keys: KeyDistribution;
  /** Of the data's, that are asked for; all unless told. */
  readonly entities?: number | undefined;
  readonly seed: number;
  readonly mode: LoadMode;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** 0 = the answers are not the data's (an echo). */
  readonly checkedAnswers: number;
  readonly keyColumn: KeyColumn;
  /** Processes whose CPU time is counted, with all their descendants. */
  readonly serverPids: readonly number[];
  readonly redisPid: number | undefined;
}

/** A client that takes more of its core than this measures itself: the run is void. */
export const MAX_CLIENT_SHARE = 0.7;

export interface LoadResult {
  readonly calls: number;
  readonly perSecond: number;
  /** Calls that did not get a good answer, by what was wrong. */
  readonly problems: Readonly<Record<string, number>>;
  readonly latencies: HistogramJson;
  /** CPU time of the server per call. */
  readonly serverMicros: number | undefined;
  readonly redisMicros: number | undefined;
  /** Of one core. */
  readonly clientShare: number;
  /** Of the server, when the last call had come back. */
  readonly serverRssBytes: number | undefined;
  readonly checked: number;
  /** The first wrong answers, in words. */
  readonly wrong: readonly string[];
  /** Why this run says nothing: the client was too busy. */
  readonly void: string | undefined;
}
