/** The sidecar without its ports over a copy of a golden repository: a golden request goes through the real decoders and rooms. */
import { LateViews } from "../../../src/budget/late-views.ts";
import { loadSettings } from "../../../src/config/load-settings.ts";
import type { Settings } from "../../../src/config/settings.ts";
import type { Environment } from "../../../src/config/substitute.ts";
import { type Core, createCore, NOBODY_LISTENS } from "../../../src/core.ts";
import type { FeatureStore } from "../../../src/model/feature-store.ts";
import type { Serve } from "../../../src/model/serve.ts";
import { ServeError } from "../../../src/model/serve-error.ts";
import { createServe } from "../../../src/serve.ts";
import { DueSweep } from "../../../src/timing/due-sweep.ts";
import { SliceTurns } from "../../../src/timing/time-slices.ts";
import { decodeRequest } from "../../../src/transport/decode-request.ts";
import { decodeBody } from "../../../src/transport/http1/decode-body.ts";
import { toHttpAnswer } from "../../../src/transport/http1/error-body.ts";
import { BodyFaultError } from "../../../src/transport/http1/validate-body.ts";
import type { HttpAnswer } from "../../conformance/compare-answers.ts";
import { copyRepository } from "../../helpers/feature-repository.ts";
import { dumpedRedis, type RedisDump } from "./dumped-redis.ts";
import { readGolden } from "./golden-files.ts";
import type { GoldenStore } from "./golden-responses.ts";

/** The answer in bytes, or why there is none. */
export type GrpcOutcome = { readonly response: Buffer } | { readonly error: ServeError };

export interface GoldenSidecar {
  readonly http: (body: string) => Promise<HttpAnswer>;
  /** As `GrpcFeatureServer`. */
  readonly grpc: (request: Buffer) => Promise<GrpcOutcome>;
  readonly close: () => Promise<void>;
}

/** No deadline: a golden answer does not depend on the speed of the machine. */
const CALL = { startMs: 0, deadlineMs: Number.POSITIVE_INFINITY, cancelled: false };

/**
 * The wall clock: as old as the precomputed vectors, whose features have a ttl. A golden answer must not change with the day it
 * is compared on.
 */
const NOW_MS = Date.parse("2026-11-25T00:00:00Z");

/**
 * @param env may hold options of the sidecar, such as `FEAST_SIDECAR__COMPAT__PRECOMPUTE_NAMES`
 * @throws Error when the repository does not load
 */
export async function openGoldenSidecar(name: GoldenStore, env: Environment): Promise<GoldenSidecar> {
  const { dir, remove } = copyRepository(name);
  const loaded = loadSettings({ flags: { chdir: dir }, env, cwd: dir });
  if ("problems" in loaded) throw new Error(`${name}: ${JSON.stringify(loaded.problems)}`);
  const { settings } = loaded;
  const core = createCore(settings, NOBODY_LISTENS);
  await core.registry.start();
  const registryError = core.registry.lastError();
  if (registryError !== undefined) throw registryError;
  const store = storeOf(core, settings);
  store.start(() => {});
  const serve = serveOver(core, store, settings);
  return {
    http: (body) => answerHttp(serve, settings, body),
    grpc: (request) => answerGrpc(serve, request),
    close: async () => {
      core.registry.close();
      await store.close();
      remove();
    },
  };
}

function storeOf(core: Core, { onlineStore, project }: Settings): FeatureStore {
  if (onlineStore.type !== "redis") return core.store;
  const dump = readGolden<RedisDump>("redis-repo/data/redis.json");
  return dumpedRedis(dump, project, onlineStore.redis, { now: () => 0, random: () => 0 });
}

/** As `createCore` puts it together, but for the clock and the store. */
function serveOver(
  { snapshot, planner, rules, admission, turn }: Core,
  store: FeatureStore,
  settings: Settings,
): Serve {
  const { maxResponseBytes } = settings.limits;
  const clocks = { nowMs: () => NOW_MS, monotonicMs: () => 0 };
  const late = new DueSweep(clocks.monotonicMs, true);
  const budget = { ...settings.budget, sliceBinds: false };
  const inTime = {
    budget,
    lateViews: new LateViews(budget),
    late,
    admission,
    turn,
    turns: new SliceTurns(clocks.monotonicMs),
    onDegraded: () => {},
  };
  return createServe({ snapshot, planner, store, rules, maxResponseBytes, onRead: () => {}, ...inTime, ...clocks });
}

async function answerHttp(serve: Serve, settings: Settings, body: string): Promise<HttpAnswer> {
  try {
    const answer = await serve(decodeBody(Buffer.from(body)), CALL);
    return { status: 200, body: Buffer.from(answer).toString() };
  } catch (error) {
    if (error instanceof BodyFaultError) return { status: 422, body: error.body };
    if (error instanceof ServeError) return toHttpAnswer(error, settings.compat.errorStatus);
    throw error;
  }
}

async function answerGrpc(serve: Serve, request: Buffer): Promise<GrpcOutcome> {
  try {
    return { response: Buffer.from(await serve(decodeRequest(request, "grpc_feature_server"), CALL)) };
  } catch (error) {
    if (error instanceof ServeError) return { error };
    throw error;
  }
}
