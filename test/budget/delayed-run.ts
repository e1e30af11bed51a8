/** One run of the delays: a sidecar with one `on_late` before a Redis whose replies are held back, and callers with short deadlines. */
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startServer } from "../../bench/run/servers.ts";
import { chooseCores } from "../../bench/run/world.ts";
import { startLoadProcess } from "../faults/checked-load.ts";
import { nowMs } from "../faults/clock.ts";
import { openSidecar } from "../faults/sidecar-setup.ts";
import type { Stage } from "../faults/stage.ts";
import { createAllowance } from "./allowed-calls.ts";
import type { BudgetCall, BudgetCallPlan } from "./budget-call.ts";
import type { Delays } from "./delay-draw.ts";
import { openDelayedRedis } from "./delayed-redis.ts";
import { judgeCall, type LatePolicy, type Verdict } from "./judge-call.ts";
import { pinProcess } from "./pin-process.ts";
import { DECLARED, VIEW } from "./row-kinds.ts";
import { createStampFile, type Stamp, stampKey } from "./stamp-file.ts";

const CALLS = fileURLToPath(new URL("./call-process.ts", import.meta.url));
const WAKES = fileURLToPath(new URL("./wake-control.ts", import.meta.url));
const DEADLINES_MS = [5, 8, 10, 20] as const;
/** As by default. */
export const SLICE_MS = 10;
const RESERVE_MS = 0.5;
/** With `on_late: stale`: rows grow old at once, so that nearly every call asks Redis. */
const STALE_CACHE_MS = 20;
/** A row that was written is stale no more: it is gone. */
const STALE_WRITES_PER_SECOND = 10;
const SETTLE_MS = 500;
/** Of the time that the calls have, so much before them and after them belongs to the control. */
const WAKES_SHARE = 1 / 4;
const LEAST_WAKES_MS = 1_000;

export interface DelayedRunOptions {
  readonly policy: LatePolicy;
  readonly delays: Delays;
  readonly nodes: number;
  readonly ratePerSecond: number;
  /** Every question so often before, with nothing held back: the code is compiled then, and the cache has the rows. */
  readonly warmUpRounds: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface JudgedCall extends BudgetCall, Verdict {
  /** By the proxy's log it could be OK. */
  readonly isAllowed: boolean;
  /** On the sidecar's own sockets; undefined = it was never read, or never ended. */
  readonly stamp: Stamp | undefined;
}

export interface DelayedRun {
  /** Without those of the warm-up. */
  readonly calls: readonly JudgedCall[];
  readonly echo: readonly BudgetCall[];
  /** How late a process on the sidecar's core was that did nothing else, each time, before the calls and after them. */
  readonly wakesMs: readonly number[];
}

/** @throws Error when something does not start or stop */
export async function runDelayed(stage: Stage, options: DelayedRunOptions): Promise<DelayedRun> {
  const { policy, delays, nodes, ratePerSecond, seconds, seed } = options;
  const cores = chooseCores(availableParallelism());
  const writesPerSecond = policy === "stale" ? STALE_WRITES_PER_SECOND : undefined;
  const redis = await openDelayedRedis(stage, { nodes, delays, seed, writesPerSecond, cores: cores.redis });
  const stamps = createStampFile(stage);
  const cacheMs = policy === "stale" ? STALE_CACHE_MS : 0;
  const sidecar = await openSidecar(stage, {
    ...redis.sidecar,
    cache: cacheMs === 0 ? { mode: "disabled" } : { ttl: `${cacheMs}ms`, stale_for: "1m" },
    budget: { views: { [VIEW]: { on_late: policy, ...(policy === "default" && { defaults: DECLARED }) } } },
    env: { ...stamps.env, FEAST_SIDECAR__BUDGET__SLICE: `${SLICE_MS}ms` },
  });
  pinProcess(sidecar.pid, cores.server);
  const echo = await startServer("echo", { cores, repo: "", redisPort: 0, redisPid: 0, stop: async () => {} });
  stage.own(() => echo.stop());
  const colon = sidecar.address.lastIndexOf(":");
  const plan: BudgetCallPlan = {
    host: sidecar.address.slice(0, colon),
    port: Number(sidecar.address.slice(colon + 1)),
    echoPort: echo.port,
    ratePerSecond,
    deadlinesMs: DEADLINES_MS,
    warmUpRounds: options.warmUpRounds,
  };
  const wake = async (): Promise<readonly number[]> => {
    const wakes = await startLoadProcess<number>(stage, WAKES, {}, cores.server);
    await delay(Math.max(LEAST_WAKES_MS, seconds * 1000 * WAKES_SHARE));
    return wakes.stop();
  };
  const wakesBefore = await wake();
  redis.writer.start();
  const load = await startLoadProcess<BudgetCall>(stage, CALLS, plan, cores.client);
  redis.beginDelays();
  await delay(SETTLE_MS);
  const fromMs = nowMs();
  await delay(seconds * 1000);
  const calls = (await load.stop()).filter(({ dueMs }) => dueMs >= fromMs);
  await redis.writer.stop();
  const wakesMs = [...wakesBefore, ...(await wake())];
  await sidecar.stop();
  await echo.stop();
  const isAllowed = createAllowance(await redis.stop(), { sliceMs: SLICE_MS, reserveMs: RESERVE_MS, cacheMs });
  const { calls: stampOf } = stamps.read();
  return {
    wakesMs,
    echo: calls.filter(({ server }) => server === "echo"),
    calls: calls
      .filter(({ server }) => server === "sidecar")
      .map((call): JudgedCall => {
        const stamp = stampOf.get(stampKey(call.clientPort, call.stream));
        return {
          ...call,
          ...judgeCall(call, { policy, ledger: redis.writer.ledger, cacheMs }),
          isAllowed: isAllowed({ ...call, readMs: stamp?.readMs ?? call.sentMs }),
          stamp,
        };
      }),
  };
}
