/** What a scenario of the freshness checker is: a world, what happens in it, and what must hold. */
import type { Stage } from "../faults/stage.ts";
import type { FreshRun } from "./fresh-world.ts";
import type { FreshnessTally } from "./freshness-tally.ts";
import type { FreshnessBound } from "./judge-reads.ts";

export interface RoundOptions {
  readonly stage: Stage;
  readonly seed: number;
  /** How long nothing breaks. */
  readonly steadyMs: number;
  /** Counts from 0: kinds of a fault take turns. */
  readonly round: number;
  /** One more sidecar for each: a module that is loaded into its process before anything else, a planted bug. */
  readonly plants?: readonly string[];
}

export interface FreshnessScenario {
  /** For `--only` and for the test's name. */
  readonly name: string;
  readonly title: string;
  /** By view. */
  readonly bounds: readonly FreshnessBound[];
  /** Redis tells the sidecar what changes: the P99 has a bar. */
  readonly isTracked: boolean;
  readonly leastHitShare: number;
  /** Something that the scenario is about and that did not happen. */
  readonly missing: (tally: FreshnessTally) => readonly string[];
  /** One world from start to end. @returns the sidecar's, then those of the planted ones @throws Error when it could not be run */
  readonly run: (options: RoundOptions) => Promise<readonly FreshRun[]>;
}

/** Of tracked rows: no answer may be so old. Far above the aim, for a busy machine holds everything up now and then. */
export const HARD_BOUND_MS = 250;
/** With fewer the run would be one about Redis; on a quiet machine there are three of four. */
export const LEAST_HIT_SHARE = 0.5;
/** The bar: how far behind the write on the replica 99 of 100 answers are that could be old. */
export const P99_BAR_MS = 20;
/** Fewer say nothing about a P99. */
const LEAST_SAMPLES = 200;
/** Times of MONITOR and of the readers are compared. */
const CLOCK_BAR_MS = 2;

/** @param name of the count in `tally.cache` */
export function atLeastOnce(
  tally: FreshnessTally,
  ...names: readonly (keyof FreshnessTally["cache"])[]
): readonly string[] {
  return names.filter((name) => tally.cache[name] === 0).map((name) => `${name} never happened`);
}

export interface Verdict {
  /** What is wrong whatever the machine did meanwhile. */
  readonly broken: readonly string[];
  /** What a busy machine may do to a figure. */
  readonly slow: readonly string[];
}

export function verdictOf(scenario: FreshnessScenario, tally: FreshnessTally): Verdict {
  const broken = [...scenario.missing(tally)];
  if (tally.wrongRows > 0) broken.push(`${tally.wrongRows} rows were wrong`);
  if (!(tally.hitShare >= scenario.leastHitShare)) broken.push(`only ${percent(tally.hitShare)} of the rows were hits`);
  const slow: string[] = [];
  if (tally.clockErrorMs > CLOCK_BAR_MS) slow.push(`the clocks moved by ${tally.clockErrorMs.toFixed(1)} ms`);
  for (const [name, { reads, changes }] of scenario.isTracked ? tally.episodes : []) {
    for (const [what, ages] of Object.entries({ reads, changes })) {
      const p99Ms = ages.percentileMs(0.99);
      if (ages.count >= LEAST_SAMPLES && p99Ms > P99_BAR_MS)
        slow.push(`${name}: P99 of ${what} is ${p99Ms.toFixed(1)} ms`);
    }
  }
  return { broken, slow };
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
