/** What a refusal costs, and who is refused although there is room. */
import { fileURLToPath } from "node:url";
import type { LoadResult } from "../../../bench/load/load-plan.ts";
import { lowerQuartile } from "../../../bench/run/lower-quartile.ts";
import { startLoadProcess } from "../../faults/checked-load.ts";
import type { Scenario } from "../../faults/scenario.ts";
import { EXHAUSTED, endedWith, LATE, OverloadWorld } from "../overload-world.ts";

const NEIGHBOUR = fileURLToPath(new URL("../noisy-neighbour.ts", import.meta.url));
const SINGLE = { features: 50, rows: 1 } as const;
/** The echo and the sidecar are asked in turn, so often. */
const PAIRS = 4;
const PAIR_SECONDS = 3;
const SHORT_PAIR_SECONDS = 1;
const REFUSED_PER_SECOND = 2000;
/** Neither code is compiled before: an overload lasts longer than that. */
const WARMUP_SECONDS = 5;
const SHORT_WARMUP_SECONDS = 1;
/** Less than after which a silent node is given up. */
const REPLIES_LATE_MS = 600;
const MOST_OF_ECHO = 1.2;
/** A run in which others are answered than refused says nothing of refusals. */
const LEAST_REFUSED = 95;
const NOISY_SECONDS = 600;
const SHORT_NOISY_SECONDS = 4;

export const refusalCost: Scenario = {
  name: "refusal-cost",
  title: "a Redis that takes 0.6 s for anything, all places taken: calls are refused",
  bar: `a refusal takes at most ${MOST_OF_ECHO} × the CPU time of the echo`,
  run: async ({ short, seconds = short ? SHORT_PAIR_SECONDS : PAIR_SECONDS, stage }) => {
    const world = await OverloadWorld.open(
      stage,
      short,
      {
        FEAST_SIDECAR__ADMISSION__MIN_IN_FLIGHT: "1",
        // A quarter of it is how old the oldest read must be before anybody is refused.
        FEAST_SIDECAR__BUDGET__SLICE: `${REPLIES_LATE_MS / 2}ms`,
      },
      { kind: "bimodal", share: 1, slowMs: REPLIES_LATE_MS },
    );
    const echo = await world.openEcho(stage);
    const refused: LoadResult[] = [];
    const echoed: LoadResult[] = [];
    for (const server of [echo, undefined]) {
      await world.open(SINGLE, 3 * REFUSED_PER_SECOND, short ? SHORT_WARMUP_SECONDS : WARMUP_SECONDS, {}, server);
    }
    for (let pair = 0; pair < (short ? PAIRS / 2 : PAIRS); pair += 1) {
      echoed.push(await world.open(SINGLE, REFUSED_PER_SECOND, seconds, {}, echo));
      refused.push(await world.open(SINGLE, REFUSED_PER_SECOND, seconds));
    }
    const micros = (results: readonly LoadResult[]): number =>
      lowerQuartile(results.map(({ serverMicros = Number.NaN }) => serverMicros));
    const shares = refused.map((result) => (100 * endedWith(result, EXHAUSTED)) / result.calls);
    return {
      figures: [
        { name: "calls refused", value: Math.min(...shares), unit: "%", atLeast: LEAST_REFUSED },
        { name: "CPU time of a refusal", value: micros(refused), unit: "µs" },
        { name: "CPU time of the echo", value: micros(echoed), unit: "µs" },
        { name: "refusal over echo", value: micros(refused) / micros(echoed), unit: "×", atMost: MOST_OF_ECHO },
      ],
      notes: [],
    };
  },
};

export const noisyNeighbour: Scenario = {
  name: "noisy-neighbour",
  title: "single rows at half of what it can, with a process on its core that takes a quarter of it in bursts",
  bar: "no call is refused",
  mostRepeats: 1,
  run: async ({ short, seconds = short ? SHORT_NOISY_SECONDS : NOISY_SECONDS, stage }) => {
    const world = await OverloadWorld.open(stage, short);
    const capacity = await world.capacity(SINGLE, 1);
    await startLoadProcess<never>(stage, NEIGHBOUR, {}, world.serverCores);
    const result = await world.open(SINGLE, capacity / 2, seconds);
    return {
      figures: [
        { name: "calls", value: result.calls, unit: "calls", atLeast: 1 },
        { name: "rate", value: capacity / 2, unit: "calls/s" },
        { name: "refused", value: endedWith(result, EXHAUSTED), unit: "calls", atMost: 0 },
        { name: "out of time", value: (100 * endedWith(result, LATE)) / result.calls, unit: "%" },
      ],
      notes: result.void === undefined ? [] : [result.void],
    };
  },
};
