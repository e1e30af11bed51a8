/** Takes CPU per call in short slices, the sidecar and the baseline in turn, so that a noisy minute is both's. */
import type { LoadResult } from "../load/load-plan.ts";
import type { CpuPair } from "./cpu-pairs.ts";
import type { Load } from "./run-load.ts";

const SECONDS = 1;
const WARMUP_SECONDS = 0.5;
/** Servers that were idle, or asked in another way, until now. */
const FIRST_WARMUP_SECONDS = 2;

export type Slice = Pick<Load, "seed" | "warmupSeconds" | "seconds">;

/**
 * @param firstSeed of the first pair; each has the next one
 * @param run one slice of load on one of the two
 */
export async function measurePairs(
  count: number,
  firstSeed: number,
  run: (server: keyof CpuPair, slice: Slice) => Promise<LoadResult>,
): Promise<CpuPair[]> {
  const pairs: CpuPair[] = [];
  for (let index = 0; index < count; index += 1) {
    const warmupSeconds = index === 0 ? FIRST_WARMUP_SECONDS : WARMUP_SECONDS;
    const slice = { seed: firstSeed + index, warmupSeconds, seconds: SECONDS };
    pairs.push({ sidecar: await run("sidecar", slice), baseline: await run("baseline", slice) });
  }
  return pairs;
}
