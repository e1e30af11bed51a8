/** A sidecar on a core of its own with the bench's data, and loads on it by multiples of what it can. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadResult } from "../../bench/load/load-plan.ts";
import { type Load, runLoad } from "../../bench/run/run-load.ts";
import { type RunningServer, startServer } from "../../bench/run/servers.ts";
import { createWorld, type World } from "../../bench/run/world.ts";
import { type CheckedLoad, startLoadProcess } from "../faults/checked-load.ts";
import { freePort } from "../faults/free-port.ts";
import type { Stage } from "../faults/stage.ts";
import type { BurstLine, BurstPlan } from "./burst-line.ts";
import type { Delays } from "./delay-draw.ts";
import { BURST_PROXY } from "./delayed-redis.ts";

export const SLICE_MS = 10;
/** Between the sidecar's core and the client's eyes; as in the bar of the delays. */
export const CLIENT_SLACK_MS = 2;
/**
 * Before each measurement: a client whose code is not compiled yet takes its core from Redis, and 2 to 4 % of calls of 100 rows at half of
 * what the sidecar can were late for that; after so long none.
 */
const WARMUP_SECONDS = 3;
const SHORT_WARMUP_SECONDS = 1;
/** Of the closed loop that says what the sidecar can: two under way for each that is at work. */
const CAPACITY_IN_FLIGHT = 4;

export type Shape = Pick<Load, "features" | "rows">;

const COMMON = { keys: "uniform", seed: 1 } as const;

export class OverloadWorld {
  readonly #world: World;
  readonly #server: RunningServer;
  readonly #warmupSeconds: number;

  private constructor(world: World, server: RunningServer, warmupSeconds: number) {
    this.#world = world;
    this.#server = server;
    this.#warmupSeconds = warmupSeconds;
  }

  /**
   * @param short clients warm up for less long
   * @param env options of the sidecar, beside the slice of 10 ms and no cache
   * @param delays of Redis' replies, from when the sidecar is ready on
   */
  static async open(
    stage: Stage,
    short: boolean,
    env: Readonly<Record<string, string>> = {},
    delays?: Delays,
  ): Promise<OverloadWorld> {
    const world = await createWorld();
    stage.own(() => world.stop());
    const proxy = delays && (await delayReplies(stage, world, delays));
    const server = await startServer("sidecar", world, [], {
      FEAST_SIDECAR__CACHE__MODE: "disabled",
      FEAST_SIDECAR__BUDGET__SLICE: `${SLICE_MS}ms`,
      ...env,
    });
    stage.own(() => server.stop());
    if (proxy !== undefined) process.kill(proxy.pid, "SIGUSR2");
    return new OverloadWorld(world, server, short ? SHORT_WARMUP_SECONDS : WARMUP_SECONDS);
  }

  get serverCores(): string | undefined {
    return this.#world.cores.server;
  }

  /** The echo beside it, on the same core. */
  async openEcho(stage: Stage): Promise<RunningServer> {
    const echo = await startServer("echo", this.#world);
    stage.own(() => echo.stop());
    return echo;
  }

  /** Calls a second that it answers when it is never idle, as batches, which no slice binds. */
  async capacity(shape: Shape, seconds: number): Promise<number> {
    const result = await runLoad(this.#world, this.#server, {
      ...COMMON,
      ...shape,
      headers: [["feast-sidecar-priority", "batch"]],
      mode: { kind: "closed", inFlight: CAPACITY_IN_FLIGHT },
      warmupSeconds: this.#warmupSeconds,
      seconds,
    });
    assertRight(result);
    return result.perSecond;
  }

  async open(
    shape: Shape,
    ratePerSecond: number,
    seconds: number,
    more: Pick<Load, "headers" | "isBackground"> = {},
    server: RunningServer = this.#server,
  ): Promise<LoadResult> {
    const mode = { kind: "open", ratePerSecond } as const;
    const load = { headers: [], ...COMMON, ...shape, ...more, mode, warmupSeconds: this.#warmupSeconds, seconds };
    const result = await runLoad(this.#world, server, load);
    assertRight(result);
    return result;
  }
}

/** Puts a proxy between Redis and the sidecar that is yet to start. */
async function delayReplies(
  stage: Stage,
  { repo, redisPort, cores }: World,
  delays: Delays,
): Promise<CheckedLoad<BurstLine>> {
  const plan: BurstPlan = { port: await freePort(), targetPort: redisPort, delays, seed: 1 };
  const proxy = await startLoadProcess<BurstLine>(stage, BURST_PROXY, plan, cores.redis);
  const file = join(repo, "feature_store.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace(`:${redisPort}`, `:${plan.port}`));
  return proxy;
}

/** @throws Error when a value was wrong */
function assertRight({ wrong }: LoadResult): void {
  if (wrong.length > 0) throw new Error(`a wrong answer: ${wrong[0]}`);
}

/** Calls that ended with that gRPC status. */
export function endedWith({ problems }: LoadResult, status: number): number {
  return Object.entries(problems).reduce(
    (sum, [problem, count]) => sum + (problem.startsWith(`grpc-status ${status} `) ? count : 0),
    0,
  );
}

export const EXHAUSTED = 8;
export const LATE = 4;
