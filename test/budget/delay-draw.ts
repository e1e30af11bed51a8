/** How long bursts of replies are held back: drawn anew for each, the same for the same seed. */
import { createRandom } from "../../bench/load/random.ts";

export type Delays =
  | { readonly kind: "uniform"; readonly mostMs: number }
  /** A share of the bursts takes so long, the others nothing. */
  | { readonly kind: "bimodal"; readonly share: number; readonly slowMs: number };

export function drawDelays(delays: Delays, seed: number): () => number {
  const random = createRandom(seed);
  if (delays.kind === "uniform") return () => random() * delays.mostMs;
  return () => (random() < delays.share ? delays.slowMs : 0);
}
