/** Shows that the checker can fail: planted sidecars beside a sound one, before the same Redis, asked the same, until each is found out. */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nowMs } from "../faults/clock.ts";
import { Stage } from "../faults/stage.ts";
import { createRandom } from "../helpers/random.ts";
import { killConnections } from "./episodes/kill-connections.ts";
import type { Finding, Judgement } from "./judge-reads.ts";
import { openReplicatedRedis, openTrackedWorld, TRACKED_JUDGEMENT } from "./scenarios/tracked-world.ts";

/** Files of `plants/`. */
export const PLANTS = ["fill-after-invalidation", "swallowed-invalidations"] as const;
/** Shows when connections are killed. */
export const SUSPECT_PLANTS = ["trusted-for-ever"] as const;

const LOOK_EVERY_MS = 1_000;
const EXAMPLES = 3;

export interface PlantResult {
  /** A plant, or `none`: the sidecar as it is. */
  readonly plant: string;
  /** Rows that were too old, null or mixed. */
  readonly wrongRows: number;
  /** When the first was read, from when the caches were filled; NaN = never. */
  readonly foundMs: number;
  readonly examples: readonly string[];
}

/** Runs until every plant is found out, or the time is up. @returns the sound one first, then the plants in their order */
export async function findPlants(
  plants: readonly string[],
  seed: number,
  longestMs: number,
): Promise<readonly PlantResult[]> {
  const stage = new Stage();
  try {
    const options = { stage, seed, steadyMs: longestMs, round: 0, plants: plants.map(fileOf) };
    const redis = await openReplicatedRedis(options);
    const world = await openTrackedWorld(options, redis);
    const random = createRandom(seed);
    const startMs = nowMs();
    while (nowMs() - startMs < longestMs) {
      await delay(LOOK_EVERY_MS);
      if (plants === SUSPECT_PLANTS) await killConnections({ world, redis, random, turn: 0 });
      const [, ...planted] = world.judge(TRACKED_JUDGEMENT);
      if (planted.every((judgement) => wrongRows(judgement).length > 0)) break;
    }
    const runs = await world.finish(TRACKED_JUDGEMENT);
    return runs.map(({ judgement }, index) => {
      const wrong = wrongRows(judgement);
      return {
        plant: plants[index - 1] ?? "none",
        wrongRows: wrong.length,
        foundMs: Math.max(0, (wrong[0]?.sentMs ?? Number.NaN) - startMs),
        examples: wrong.slice(0, EXAMPLES).map(({ problem, words }) => `${problem}, ${words}`),
      };
    });
  } finally {
    await stage.close();
  }
}

function wrongRows({ findings }: Judgement): readonly Finding[] {
  return findings.filter(({ problem }) => problem !== "failed");
}

function fileOf(plant: string): string {
  return fileURLToPath(new URL(`./plants/${plant}.ts`, import.meta.url));
}
