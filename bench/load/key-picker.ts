/** Which entities a request asks for. */
import { createRandom } from "./random.ts";

export type KeyDistribution = "uniform" | "zipf";

/** Exponent of YCSB's default. */
const ZIPF_EXPONENT = 0.99;

/** Gives one entity in [0, entities) per call; the same seed gives the same entities. */
export function createKeyPicker(distribution: KeyDistribution, entities: number, seed: number): () => number {
  const random = createRandom(seed);
  if (distribution === "uniform") return () => Math.floor(random() * entities);
  const cumulative = new Float64Array(entities);
  let sum = 0;
  for (let rank = 0; rank < entities; rank += 1) {
    sum += 1 / (rank + 1) ** ZIPF_EXPONENT;
    cumulative[rank] = sum;
  }
  const entityOfRank = shuffled(entities, createRandom(seed ^ 0x5bd1e995));
  return () => entityOfRank[rankOf(cumulative, random() * sum)] as number;
}

/** The first rank whose cumulative weight is over `weight`. */
function rankOf(cumulative: Float64Array, weight: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] as number) > weight) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Hot entities shall not be neighbours. */
function shuffled(count: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    const kept = order[at] as number;
    order[at] = order[other] as number;
    order[other] = kept;
  }
  return order;
}
