/** All scenarios, in the order of the page. */
import type { Scenario } from "./scenario.ts";
import { allGone, onlyOneGone } from "./scenarios/all-gone.ts";
import { clusterNodeKilled, clusterNodeKilledDefault } from "./scenarios/cluster-node-killed.ts";
import { clusterSlotsMigrate } from "./scenarios/cluster-slots-migrate.ts";
import { connectCycles } from "./scenarios/connect-cycles.ts";
import { primaryKilled } from "./scenarios/primary-killed.ts";
import { replicaFrozen } from "./scenarios/replica-frozen.ts";
import { replicaKilled } from "./scenarios/replica-killed.ts";
import { replicaLinkCut } from "./scenarios/replica-link-cut.ts";
import { replicaSlow } from "./scenarios/replica-slow.ts";
import { secretsRotated, secretsRotatedAtOnce } from "./scenarios/secrets-rotated.ts";
import { sentinelFailover } from "./scenarios/sentinel-failover.ts";

export const SCENARIOS: readonly Scenario[] = [
  replicaKilled,
  replicaFrozen,
  replicaSlow,
  replicaLinkCut,
  primaryKilled,
  sentinelFailover,
  clusterSlotsMigrate,
  clusterNodeKilled,
  clusterNodeKilledDefault,
  allGone,
  onlyOneGone,
  secretsRotated,
  secretsRotatedAtOnce,
  connectCycles,
];
