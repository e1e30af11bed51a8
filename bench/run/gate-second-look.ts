/** A ratio of CPU time that is over its bar is looked at once more before it fails the gate: a noisy minute looks like a regression. */
import type { CpuPair } from "./cpu-pairs.ts";
import { type GateBars, type GateRound, type GateVerdict, judgeGate } from "./gate-verdict.ts";

/** As many as in three rounds. */
const FURTHER_PAIRS = 12;

/**
 * The verdict over the rounds; when their ratio alone fails, over all pairs with {@link FURTHER_PAIRS} more, once. A regression is in those
 * too, and all of them are judged together: the quiet ones are not picked.
 * @param measure takes so many pairs more
 */
export async function judgeWithSecondLook(
  rounds: readonly GateRound[],
  bars: GateBars,
  measure: (count: number) => Promise<readonly CpuPair[]>,
  say: (words: string) => void,
): Promise<GateVerdict> {
  const first = judgeGate({ rounds, furtherPairs: [] }, bars);
  if (!first.isRatioAlone) return first;
  say(`${first.failures.join("; ")}. Nothing else is wrong: ${FURTHER_PAIRS} further pairs, then all are judged`);
  return judgeGate({ rounds, furtherPairs: await measure(FURTHER_PAIRS) }, bars);
}
