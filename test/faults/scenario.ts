/** What a scenario is, and the figures that it brings home. */
import type { Stage } from "./stage.ts";

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** `ms`, `calls`, `%`, … */
  readonly unit: string;
  /** The same figure in the control phase of the same run. */
  readonly control?: number;
  /** The bar; with a control: max(bar, 2 × control). Without one the figure is only printed. */
  readonly atMost?: number;
  /** At least this much must have been there, or the run proves nothing. */
  readonly atLeast?: number;
  /** Must hold in every repeat, not only in the median. */
  readonly isStrict?: boolean;
  /** When it does not hold, the machine was too busy to say anything, and the run is made once more. */
  readonly isPrecondition?: boolean;
}

export interface ScenarioRun {
  readonly figures: readonly Figure[];
  /** Failed calls and events of the run, in words. */
  readonly notes: readonly string[];
}

export interface RunOptions {
  /** Some seconds in all. */
  readonly short: boolean;
  /** How long each part of it lasts, where that may be chosen; undefined = as it thinks fit. */
  readonly seconds?: number | undefined;
  /** Counts from 0. */
  readonly repeat: number;
  readonly stage: Stage;
}

export interface Scenario {
  /** For `--only` and for the test's name. */
  readonly name: string;
  /** The fault. */
  readonly title: string;
  /** What must hold. */
  readonly bar: string;
  /** Of a scenario that takes many minutes. */
  readonly mostRepeats?: number;
  /** @throws Error when the fault could not be made, or the sidecar did not start or stop */
  run(options: RunOptions): Promise<ScenarioRun>;
}
