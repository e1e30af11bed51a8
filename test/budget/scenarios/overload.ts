/** More calls than can be answered. */

import type { LoadResult } from "../../../bench/load/load-plan.ts";
import { LatencyHistogram } from "../../../src/load/latency-histogram.ts";
import type { Figure, Scenario } from "../../faults/scenario.ts";
import { CLIENT_SLACK_MS, EXHAUSTED, endedWith, LATE, OverloadWorld, type Shape, SLICE_MS } from "../overload-world.ts";

const SECONDS = 10;
const SHORT_SECONDS = 2;
const FACTORS = [0.5, 1, 2, 4] as const;
const WIDE: Shape = { features: 50, rows: 100 };
const SINGLE: Shape = { features: 50, rows: 1 };
const LEAST_OF_BEST = 90;
/** A percentile needs so many samples above it. */
const SAMPLES_ABOVE = 100;

/** Of all calls, the answers that were whole, and there in time. */
function shareInTime({ latencies, calls }: LoadResult): number {
  return LatencyHistogram.of(latencies).countWithin(SLICE_MS + CLIENT_SLACK_MS) / calls;
}

function percentileMs({ latencies }: LoadResult, share: number): number {
  return LatencyHistogram.of(latencies).percentileMs(share);
}

interface Curve {
  readonly figures: readonly Figure[];
  /** By factor: answers in time a second, and of all calls. */
  readonly goodputs: readonly number[];
  readonly shares: readonly number[];
  readonly notes: readonly string[];
}

async function curveOf(world: OverloadWorld, shape: Shape, seconds: number): Promise<Curve> {
  const capacity = await world.capacity(shape, seconds);
  const figures: Figure[] = [{ name: "capacity", value: capacity, unit: "calls/s", atLeast: 1 }];
  const notes: string[] = [];
  const goodputs: number[] = [];
  const shares: number[] = [];
  for (const factor of FACTORS) {
    const result = await world.open(shape, capacity * factor, seconds);
    const inTime = shareInTime(result);
    shares.push(inTime);
    goodputs.push(inTime * result.perSecond);
    const share = (count: number): number => (100 * count) / result.calls;
    figures.push(
      { name: `goodput at ${factor} ×`, value: inTime * result.perSecond, unit: "calls/s" },
      { name: `refused at ${factor} ×`, value: share(endedWith(result, EXHAUSTED)), unit: "%" },
      { name: `out of time at ${factor} ×`, value: share(endedWith(result, LATE)), unit: "%" },
    );
    if (result.void !== undefined) notes.push(`${factor} ×: ${result.void}`);
  }
  return { figures, goodputs, shares, notes };
}

export const overloadWide: Scenario = {
  name: "overload-wide",
  title: "50 features × 100 rows at 0.5, 1, 2 and 4 × what it can",
  bar: `answers in time at 4 × at least ${LEAST_OF_BEST} % of the best`,
  run: async ({ short, seconds = short ? SHORT_SECONDS : SECONDS, stage }) => {
    const world = await OverloadWorld.open(stage);
    const { figures, shares, goodputs, notes } = await curveOf(world, WIDE, seconds);
    return {
      figures: [
        ...figures,
        {
          name: "goodput at 4 × below the best",
          value: 100 - (100 * (goodputs.at(-1) as number)) / Math.max(...goodputs),
          unit: "%",
          // What is not in time at half of what it can is not for want of room: the machine had something else to do.
          control: 100 - 100 * (shares[0] as number),
          atMost: 100 - LEAST_OF_BEST,
        },
      ],
      notes,
    };
  },
};

export const overloadSingle: Scenario = {
  name: "overload-single",
  title: "50 features × 1 row at 0.5, 1, 2 and 4 × what it can",
  bar: "the curve, without a bar",
  run: async ({ short, seconds = short ? SHORT_SECONDS / 2 : SECONDS, stage }) => {
    const world = await OverloadWorld.open(stage);
    const { figures, notes } = await curveOf(world, SINGLE, seconds);
    return { figures, notes };
  },
};

export const overloadMixed: Scenario = {
  name: "overload-mixed",
  title: "50 features × 100 rows: predictions at 0.5 × beside batches at 1.5 × what it can",
  bar: "P99 of predictions under 10 ms, while batches are shed",
  run: async ({ short, seconds = short ? 2 * SHORT_SECONDS : 3 * SECONDS, stage }) => {
    const world = await OverloadWorld.open(stage);
    const capacity = await world.capacity(WIDE, seconds / 4);
    const live = 0.5 * capacity;
    const alone = await world.open(WIDE, live, seconds / 2);
    const [beside, batch] = await Promise.all([
      world.open(WIDE, live, seconds, [["feast-sidecar-priority", "live"]]),
      world.open(WIDE, 1.5 * capacity, seconds, [
        ["feast-sidecar-priority", "batch"],
        ["grpc-timeout", "1S"],
      ]),
    ]);
    const notes = [alone, beside, batch].flatMap((result) => (result.void === undefined ? [] : [result.void]));
    if (beside.calls < 100 * SAMPLES_ABOVE) notes.push(`P99 of ${beside.calls} predictions only`);
    const percent = (result: LoadResult, count: number): number => (100 * count) / result.calls;
    return {
      figures: [
        { name: "capacity", value: capacity, unit: "calls/s", atLeast: 1 },
        { name: "P50 of predictions", value: percentileMs(beside, 0.5), unit: "ms", control: percentileMs(alone, 0.5) },
        {
          name: "P99 of predictions",
          value: percentileMs(beside, 0.99),
          unit: "ms",
          control: percentileMs(alone, 0.99),
          atMost: SLICE_MS,
        },
        { name: "predictions refused", value: percent(beside, endedWith(beside, EXHAUSTED)), unit: "%" },
        { name: "predictions out of time", value: percent(beside, endedWith(beside, LATE)), unit: "%" },
        { name: "batches shed", value: percent(batch, endedWith(batch, EXHAUSTED)), unit: "%" },
        { name: "batches out of time", value: percent(batch, endedWith(batch, LATE)), unit: "%" },
        { name: "batches shed or out of time", value: percent(batch, failuresOf(batch)), unit: "%", atLeast: 1 },
      ],
      notes,
    };
  },
};

function failuresOf({ problems }: LoadResult): number {
  return Object.values(problems).reduce((sum, count) => sum + count, 0);
}
