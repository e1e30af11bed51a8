/** Redis is late, in three ways; callers have 5, 8, 10 and 20 ms. */
import type { Scenario } from "../../faults/scenario.ts";
import { Stage } from "../../faults/stage.ts";
import type { Delays } from "../delay-draw.ts";
import { delayFigures, delayNotes, percentOf } from "../delay-figures.ts";
import { type DelayedRunOptions, runDelayed } from "../delayed-run.ts";
import type { LatePolicy } from "../judge-call.ts";

const POLICIES: readonly LatePolicy[] = ["error", "stale", "default", "partial"];
const UNIFORM: Delays = { kind: "uniform", mostMs: 50 };
const BIMODAL: Delays = { kind: "bimodal", share: 0.01, slowMs: 100 };
const SECONDS = 30;
const SHORT_SECONDS = 2;
const WARM_UP_ROUNDS = 10;
const SHORT_WARM_UP_ROUNDS = 2;
const BAR =
  "OK within 3 points of what the log allows; bytes at the socket before the deadline in 99.9 %, at the client by deadline + 2 ms in 99 %; every degraded cell marked and true";
/** A burst that is held up holds up those behind it: with two nodes asked so often both are held up in 0.02 % of the time. */
const HEDGED_PER_SECOND = 30;
const LEAST_OK_HEDGED = 99.8;

const roundsOf = (short: boolean): number => (short ? SHORT_WARM_UP_ROUNDS : WARM_UP_ROUNDS);

type Way = Pick<DelayedRunOptions, "delays" | "nodes" | "ratePerSecond">;

/** Each in a world of its own, one after the other. */
function eachPolicy(name: string, title: string, way: Way): Scenario {
  return {
    name,
    title,
    bar: BAR,
    run: async ({ short, seconds = short ? SHORT_SECONDS : SECONDS, repeat }) => {
      const figures = [];
      const notes = [];
      for (const policy of POLICIES) {
        const stage = new Stage();
        try {
          const run = await runDelayed(stage, {
            ...way,
            policy,
            seconds,
            warmUpRounds: roundsOf(short),
            seed: repeat + 1,
          });
          figures.push(...delayFigures(policy, run, short));
          notes.push(...delayNotes(run).map((note) => `${policy}: ${note}`));
        } finally {
          await stage.close();
        }
      }
      return { figures, notes };
    },
  };
}

/** A call a burst: at this rate on one connection a burst is rarely held up by the one before. */
export const delaysUniform = eachPolicy("delays-uniform", "replies held back by 0–50 ms, drawn per burst", {
  delays: UNIFORM,
  nodes: 1,
  ratePerSecond: 40,
});

export const delaysBimodal = eachPolicy("delays-bimodal", "1 % of the bursts of replies held back by 100 ms", {
  delays: BIMODAL,
  nodes: 1,
  ratePerSecond: 200,
});

export const delaysHedged: Scenario = {
  name: "delays-hedged",
  title: "the same on each of two nodes, with hedged reads",
  bar: `OK in ${LEAST_OK_HEDGED} %, ${BAR.slice(BAR.indexOf("bytes"))}`,
  run: async ({ short, seconds = short ? 2 * SHORT_SECONDS : 2 * SECONDS, repeat, stage }) => {
    const run = await runDelayed(stage, {
      ...{ delays: BIMODAL, nodes: 2, ratePerSecond: HEDGED_PER_SECOND, policy: "error", seconds },
      warmUpRounds: roundsOf(short),
      seed: repeat + 1,
    });
    const figures = delayFigures("error", run, short);
    const below = figures.findIndex(({ name }) => name.includes("below"));
    // A reply that a hedge could have had is in no log.
    figures.splice(below, 1, {
      name: "error: not OK",
      value: percentOf(run.calls, ({ outcome }) => outcome !== "ok"),
      unit: "%",
      control: figures[below]?.control ?? 0,
      atMost: 100 - LEAST_OK_HEDGED,
    });
    return { figures, notes: delayNotes(run) };
  },
};
