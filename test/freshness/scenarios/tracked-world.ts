/** A primary with two replicas that tell the sidecar what changes; one policy for each view. */
import { openPlainRedis, type PlainOptions, type PlainRedis } from "../../faults/plain-redis.ts";
import type { SidecarSetup } from "../../faults/sidecar-setup.ts";
import { LEAVE_MS } from "../episodes/fault-world.ts";
import { CLIENT_NAME } from "../episodes/kill-connections.ts";
import { type FreshWorld, type FreshWorldOptions, openFreshWorld } from "../fresh-world.ts";
import { HARD_BOUND_MS, type RoundOptions } from "../freshness-scenario.ts";
import { VIEWS } from "../hot-data.ts";
import type { FreshnessBound } from "../judge-reads.ts";

export const READS_PER_SECOND = 1_000;
export const ACTS_PER_SECOND = 120;

/** With tracking no policy makes an answer older: what is kept longer is dropped all the same. */
export const TRACKED_BOUNDS: readonly FreshnessBound[] = Array.from({ length: VIEWS }, () => ({
  rowMs: HARD_BOUND_MS,
  absentMs: HARD_BOUND_MS,
}));

export const TRACKED_JUDGEMENT = { bounds: TRACKED_BOUNDS, behindWriteMs: LEAVE_MS, isHeldUpExcused: true };

/** Everything else is as it is without configuration; no ttl is written, so that rows are kept only where changes are told. */
const CACHE = {
  mode: "live",
  views: { feature_view_1: { policy: "swr" }, feature_view_2: { negative_ttl: "1m" } },
};

export const CLIENT_OPTION = `,client_name=${CLIENT_NAME}`;

/** Replicas with links that can be cut; a primary that keeps its data over a restart. */
export function openReplicatedRedis(options: RoundOptions, more: Partial<PlainOptions> = {}): Promise<PlainRedis> {
  const all = { replicas: 2, linkProxies: [1, 2], isDurable: true, connectionOptions: CLIENT_OPTION, ...more };
  return openPlainRedis(options.stage, all);
}

export function openTrackedWorld(
  { stage, seed, plants = [] }: RoundOptions,
  redis: FreshWorldOptions["redis"],
  more: Pick<FreshWorldOptions, "versions"> & Pick<SidecarSetup, "cache" | "registry"> = {},
): Promise<FreshWorld> {
  const { versions, ...setup } = more;
  const sidecar = { cache: CACHE, ...setup };
  return openFreshWorld({
    ...{ stage, seed, redis, actsPerSecond: ACTS_PER_SECOND },
    // All of them run on two cores.
    readsPerSecond: plants.length === 0 ? READS_PER_SECOND : READS_PER_SECOND / 2,
    ...(versions !== undefined && { versions }),
    sidecars: [sidecar, ...plants.map((plant) => ({ ...sidecar, env: { NODE_OPTIONS: `--import=${plant}` } }))],
  });
}
