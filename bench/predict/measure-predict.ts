/** One run of `predict` at a fixed rate, whatever the service does; every answer is looked at. */

import { LatencyHistogram } from "../../src/load/latency-histogram.ts";
import { openHttp1Driver } from "../load/http1-driver.ts";
import { LoadLoop } from "../load/load-loop.ts";
import { createRandom } from "../load/random.ts";
import type { PredictRun, Way } from "./results.ts";

/** More than ever wait at once; a call that found none free would wait here and not at the service. */
const CONNECTIONS = 64;
const MESSAGES = 500;
const MAX_DIFFERENCE = 1e-9;

export interface PredictLoad {
  readonly way: Way;
  readonly outage: boolean;
  readonly port: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Customers asked for in each call. */
  readonly customers: number;
  readonly seed: number;
  /** Customer → probability, from the files. */
  readonly expected: ReadonlyMap<string, number>;
}

interface Answer {
  readonly scores: readonly { readonly customer_id: string; readonly churn: number }[];
  readonly degraded: readonly { readonly policy: string; readonly reason: string }[];
  readonly features_ms: number;
}

/** @throws Error when the service refuses a connection */
export async function measurePredict(load: PredictLoad): Promise<PredictRun> {
  const bodies = makeBodies(load);
  const loop = new LoadLoop();
  const driver = await openHttp1Driver({
    host: "127.0.0.1",
    port: load.port,
    messages: bodies,
    onDone: loop.onDone,
    connections: CONNECTIONS,
    path: "/predict",
  });
  const mode = { kind: "open", ratePerSecond: load.ratePerSecond } as const;
  const schedule = { driver, messages: bodies.length, mode, seed: load.seed };
  if (load.warmupSeconds > 0) await loop.run({ ...schedule, seconds: load.warmupSeconds, keep: 0 });
  const before = process.cpuUsage();
  const keep = Math.round(load.ratePerSecond * load.seconds);
  const result = await loop.run({ ...schedule, seconds: load.seconds, keep });
  const { user, system } = process.cpuUsage(before);
  driver.close();

  const features = new LatencyHistogram();
  const marked: Record<string, number> = {};
  let wrong = 0;
  for (const { bytes } of result.kept) {
    const answer = JSON.parse(bytes.toString("utf8")) as Answer;
    features.record(answer.features_ms);
    const marks = new Set(answer.degraded.map(({ policy, reason }) => `${policy}: ${reason}`));
    for (const mark of marks) marked[mark] = (marked[mark] ?? 0) + 1;
    if (marks.size === 0 && !isRight(answer, load)) wrong += 1;
  }
  return {
    way: load.way,
    outage: load.outage,
    calls: result.calls,
    predict: result.latencies.toJSON(),
    features: features.toJSON(),
    marked,
    problems: Object.fromEntries(result.problems),
    wrong,
    clientShare: (user + system) / 1000 / result.elapsedMs,
  };
}

function makeBodies({ customers, expected, seed }: PredictLoad): Buffer[] {
  const random = createRandom(seed);
  const ids = [...expected.keys()];
  const pick = (): string => ids[Math.floor(random() * ids.length)] as string;
  return Array.from({ length: MESSAGES }, () =>
    Buffer.from(JSON.stringify({ customer_ids: Array.from({ length: customers }, pick) })),
  );
}

function isRight({ scores }: Answer, { expected, customers }: PredictLoad): boolean {
  return (
    scores.length === customers &&
    scores.every(
      ({ customer_id, churn }) => Math.abs(churn - (expected.get(customer_id) ?? Number.NaN)) < MAX_DIFFERENCE,
    )
  );
}
