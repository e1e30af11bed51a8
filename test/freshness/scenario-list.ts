/** All scenarios, in the order of the page. */
import type { FreshnessScenario } from "./freshness-scenario.ts";
import { faults } from "./scenarios/faults.ts";
import { feastWrites } from "./scenarios/feast-writes.ts";
import { lostData } from "./scenarios/lost-data.ts";
import { rawWrites } from "./scenarios/raw-writes.ts";
import { sentinelPromotion } from "./scenarios/sentinel-promotion.ts";
import { untracked } from "./scenarios/untracked.ts";
import { writtenTtl } from "./scenarios/written-ttl.ts";

export const SCENARIOS: readonly FreshnessScenario[] = [
  rawWrites,
  writtenTtl,
  feastWrites,
  faults,
  lostData,
  sentinelPromotion,
  untracked,
];
