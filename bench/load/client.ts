/**
 * The load client, a process of its own: `node bench/load/client.ts PLAN`, PLAN = a LoadPlan as JSON; prints a LoadResult as JSON.
 * Exit code 1 and a sentence on stderr when it could not run.
 */
import { checkGrpcAnswer, checkHttpAnswer } from "../data/requests.ts";
import type { KeptAnswer } from "./answer-sample.ts";
import type { DriverOptions, LoadDriver } from "./driver.ts";
import { openGrpcDriver } from "./grpc-driver.ts";
import { openHttp1Driver } from "./http1-driver.ts";
import { LoadLoop, type LoopResult } from "./load-loop.ts";
import { type LoadPlan, type LoadResult, MAX_CLIENT_SHARE } from "./load-plan.ts";
import { type MessagePool, makeMessagePool } from "./message-pool.ts";
import { readUsage } from "./process-usage.ts";
import { openRedisDriver } from "./redis-driver.ts";

const MAX_WRONG = 5;

async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const pool = makeMessagePool(plan);
  const loop = new LoadLoop();
  const driver = await openDriver(plan, {
    host: plan.host,
    port: plan.port,
    messages: pool.messages,
    onDone: loop.onDone,
  });
  const schedule = { driver, messages: pool.messages.length, mode: plan.mode, seed: plan.seed };
  if (plan.warmupSeconds > 0) await loop.run({ ...schedule, seconds: plan.warmupSeconds, keep: 0 });
  const before = usageOf(plan);
  const clientBefore = process.cpuUsage();
  const startMs = performance.now();
  const result = await loop.run({ ...schedule, seconds: plan.seconds, keep: plan.checkedAnswers });
  const client = process.cpuUsage(clientBefore);
  const clientShare = (client.user + client.system) / 1000 / (performance.now() - startMs);
  const after = usageOf(plan);
  driver.close();
  return report(plan, pool, result, before, after, clientShare);
}

function openDriver(plan: LoadPlan, options: DriverOptions): Promise<LoadDriver> {
  const { target } = plan;
  if (target.protocol === "grpc") return openGrpcDriver({ ...options, path: target.path, headers: plan.headers });
  if (target.protocol === "http1") return openHttp1Driver({ ...options, connections: target.connections });
  return openRedisDriver({ ...options, repliesPerMessage: plan.rows });
}

interface Usages {
  readonly server: ReturnType<typeof readUsage> | undefined;
  readonly redis: ReturnType<typeof readUsage> | undefined;
}

function usageOf({ serverPids, redisPid }: LoadPlan): Usages {
  return {
    server: serverPids.length === 0 ? undefined : readUsage(serverPids),
    redis: redisPid === undefined ? undefined : readUsage([redisPid]),
  };
}

function report(
  plan: LoadPlan,
  pool: MessagePool,
  { calls, elapsedMs, latencies, problems, kept }: LoopResult,
  before: Usages,
  after: Usages,
  clientShare: number,
): LoadResult {
  const perCall = (name: keyof Usages): number | undefined =>
    before[name] === undefined || after[name] === undefined
      ? undefined
      : (after[name].cpuMicros - before[name].cpuMicros) / calls;
  const busy = clientShare > MAX_CLIENT_SHARE;
  return {
    calls,
    perSecond: (calls / elapsedMs) * 1000,
    problems: Object.fromEntries(problems),
    latencies: latencies.toJSON(),
    serverMicros: perCall("server"),
    redisMicros: perCall("redis"),
    clientShare,
    serverRssBytes: after.server?.rssBytes,
    checked: kept.length,
    wrong: wrongAnswers(plan, pool, kept),
    void: busy ? `the client took ${Math.round(clientShare * 100)} % of a core` : undefined,
  };
}

function wrongAnswers(plan: LoadPlan, pool: MessagePool, kept: readonly KeptAnswer[]): string[] {
  const check = plan.target.protocol === "http1" ? checkHttpAnswer : checkGrpcAnswer;
  const wrong: string[] = [];
  for (const { message, bytes } of kept) {
    let problem: string | undefined;
    try {
      problem = check(bytes, plan.features, pool.entities[message] as Int32Array, plan.keyColumn);
    } catch (error) {
      problem = `unreadable: ${(error as Error).message}`;
    }
    if (problem !== undefined && wrong.length < MAX_WRONG) wrong.push(problem);
  }
  return wrong;
}

try {
  const result = await runLoad(JSON.parse(process.argv[2] ?? "") as LoadPlan);
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
} catch (error) {
  process.stderr.write(`load client: ${(error as Error).stack ?? String(error)}\n`);
  process.exitCode = 1;
}
