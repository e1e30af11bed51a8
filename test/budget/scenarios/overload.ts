/** More calls than can be answered. */

import type { Figure, Scenario } from "../../faults/scenario.ts";
import { LoadSum } from "../load-sum.ts";
import { EXHAUSTED, LATE, OverloadWorld, type Shape, SLICE_MS } from "../overload-world.ts";

const SECONDS = 10;
const SHORT_SECONDS = 2;
/** Each load has its seconds in so many parts, in turn with the others: a machine that is slow for some seconds is slow for all of them. */
const ROUNDS = 5;
const SHORT_ROUNDS = 1;
const FACTORS = [0.5, 1, 2, 4] as const;
const WIDE: Shape = { features: 50, rows: 100 };
const SINGLE: Shape = { features: 50, rows: 1 };
const LEAST_OF_BEST = 90;
/** Of calls at 0.5 ×, before the crowd comes and once it has gone. */
const MOST_NOT_IN_TIME = 3;
/** A short run has some hundred calls of 100 rows: bars are so many times as high. */
const SHORT_TIMES = 3;
/** Of the rate at which batches are to come. */
const LEAST_OF_RATE = 0.9;
/** Of single rows: a guard against a limit under which hardly any call is in time. */
const LEAST_OF_BEST_SINGLE = 50;
/** A percentile needs so many samples above it. */
const SAMPLES_ABOVE = 100;

const timesOf = (short: boolean): number => (short ? SHORT_TIMES : 1);
const roundsOf = (short: boolean): number => (short ? SHORT_ROUNDS : ROUNDS);

interface Curve {
  /** Calls a second. */
  readonly capacity: number;
  /** At the least factor, before there was a crowd, per cent. */
  readonly notInTimeBefore: number;
  readonly figures: readonly Figure[];
  /** As {@link FACTORS}. */
  readonly sums: readonly LoadSum[];
  readonly notes: readonly string[];
}

async function curveOf(world: OverloadWorld, shape: Shape, seconds: number, rounds: number): Promise<Curve> {
  const capacity = await world.capacity(shape, seconds);
  const sums = FACTORS.map(() => new LoadSum());
  let notInTimeBefore = Number.NaN;
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, factor] of FACTORS.entries()) {
      sums[at]?.add(await world.open(shape, capacity * factor, seconds / rounds));
      if (round === 0 && at === 0) notInTimeBefore = sums[0]?.percentNotInTime ?? Number.NaN;
    }
  }
  const figures = sums.flatMap((sum, at): Figure[] => [
    { name: `goodput at ${FACTORS[at]} ×`, value: sum.goodput, unit: "calls/s" },
    { name: `refused at ${FACTORS[at]} ×`, value: sum.percentEndedWith(EXHAUSTED), unit: "%" },
    { name: `out of time at ${FACTORS[at]} ×`, value: sum.percentEndedWith(LATE), unit: "%" },
  ]);
  return {
    capacity,
    notInTimeBefore,
    figures: [{ name: "capacity", value: capacity, unit: "calls/s", atLeast: 1 }, ...figures],
    sums,
    notes: sums.flatMap(({ notes }, at) => notes.map((note) => `${FACTORS[at]} ×: ${note}`)),
  };
}

/** In per cent of the best. */
function belowBest({ sums }: Curve, at: number): number {
  return 100 - (100 * (sums.at(at)?.goodput ?? 0)) / Math.max(...sums.map(({ goodput }) => goodput));
}

export const overloadWide: Scenario = {
  name: "overload-wide",
  title: "50 features × 100 rows at 0.5, 1, 2 and 4 × what it can",
  bar: `answers in time at 4 × at least ${LEAST_OF_BEST} % of the best; at 0.5 × after that ${100 - MOST_NOT_IN_TIME} % in time`,
  run: async ({ short, seconds = short ? SHORT_SECONDS : SECONDS, stage }) => {
    const world = await OverloadWorld.open(stage, short);
    const curve = await curveOf(world, WIDE, seconds, roundsOf(short));
    const after = new LoadSum();
    after.add(await world.open(WIDE, curve.capacity / 2, seconds));
    return {
      figures: [
        ...curve.figures,
        {
          name: "not in time at 0.5 × before it",
          value: curve.notInTimeBefore,
          unit: "%",
          atMost: MOST_NOT_IN_TIME * timesOf(short),
          isPrecondition: true,
        },
        {
          name: "not in time at 0.5 × after it",
          value: after.percentNotInTime,
          unit: "%",
          control: curve.notInTimeBefore,
          atMost: MOST_NOT_IN_TIME * timesOf(short),
        },
        {
          name: "goodput at 4 × below the best",
          value: belowBest(curve, -1),
          unit: "%",
          // What is not in time at half of what it can is not for want of room: the machine had something else to do.
          control: curve.notInTimeBefore,
          atMost: (100 - LEAST_OF_BEST) * timesOf(short),
        },
      ],
      notes: [...curve.notes, ...after.notes],
    };
  },
};

export const overloadSingle: Scenario = {
  name: "overload-single",
  title: "50 features × 1 row at 0.5, 1, 2 and 4 × what it can",
  bar: `answers in time at 2 × and 4 × at least ${LEAST_OF_BEST_SINGLE} % of the best`,
  run: async ({ short, seconds = short ? SHORT_SECONDS : SECONDS, stage }) => {
    const world = await OverloadWorld.open(stage, short);
    const curve = await curveOf(world, SINGLE, seconds, roundsOf(short));
    return {
      figures: [
        ...curve.figures,
        ...[-2, -1].map((at) => ({
          name: `goodput at ${FACTORS.at(at)} × below the best`,
          value: belowBest(curve, at),
          unit: "%",
          atMost: 100 - LEAST_OF_BEST_SINGLE,
        })),
      ],
      notes: curve.notes,
    };
  },
};

export const overloadMixed: Scenario = {
  name: "overload-mixed",
  title: "50 features × 100 rows: predictions at 0.5 × beside batches at 1.5 × what it can",
  bar: "P99 of predictions under 10 ms, while batches are shed",
  run: async ({ short, seconds = short ? 2 * SHORT_SECONDS : 3 * SECONDS, stage }) => {
    const world = await OverloadWorld.open(stage, short);
    const capacity = await world.capacity(WIDE, seconds / 4);
    const live = 0.5 * capacity;
    const alone = new LoadSum();
    const beside = new LoadSum();
    const batch = new LoadSum();
    const partSeconds = seconds / roundsOf(short);
    for (let round = 0; round < roundsOf(short); round += 1) {
      alone.add(await world.open(WIDE, live, partSeconds));
      const [predictions, batches] = await Promise.all([
        world.open(WIDE, live, partSeconds, { headers: [["feast-sidecar-priority", "live"]] }),
        world.open(WIDE, 1.5 * capacity, partSeconds, {
          headers: [
            ["feast-sidecar-priority", "batch"],
            ["grpc-timeout", "1S"],
          ],
          isBackground: true,
        }),
      ]);
      beside.add(predictions);
      batch.add(batches);
    }
    const notes = [alone, beside, batch].flatMap((sum) => sum.notes);
    if (beside.calls < 100 * SAMPLES_ABOVE) notes.push(`P99 of ${beside.calls} predictions only`);
    return {
      figures: [
        { name: "capacity", value: capacity, unit: "calls/s", atLeast: 1 },
        { name: "P50 of predictions", value: beside.percentileMs(0.5), unit: "ms", control: alone.percentileMs(0.5) },
        p99Figure(alone, beside, short),
        { name: "predictions refused", value: beside.percentEndedWith(EXHAUSTED), unit: "%" },
        {
          name: "predictions alone not in time",
          value: alone.percentNotInTime,
          unit: "%",
          atMost: MOST_NOT_IN_TIME * timesOf(short),
          isPrecondition: true,
        },
        {
          name: "predictions not in time",
          value: beside.percentNotInTime,
          unit: "%",
          control: alone.percentNotInTime,
          atMost: MOST_NOT_IN_TIME * timesOf(short),
        },
        { name: "batches asked for", value: batch.perSecond, unit: "calls/s", atLeast: LEAST_OF_RATE * 1.5 * capacity },
        { name: "batches shed", value: batch.percentEndedWith(EXHAUSTED), unit: "%", atLeast: 1 },
        { name: "batches out of time", value: batch.percentEndedWith(LATE), unit: "%" },
      ],
      notes,
    };
  },
};

/** A share of a hundred is none of a short run. Nor is a control that failed in more than one of a hundred one. */
function p99Figure(alone: LoadSum, beside: LoadSum, short: boolean): Figure {
  const control = alone.percentileMs(0.99);
  return {
    name: "P99 of predictions",
    value: beside.percentileMs(0.99),
    unit: "ms",
    ...(Number.isFinite(control) && { control }),
    ...(!short && { atMost: SLICE_MS }),
  };
}
