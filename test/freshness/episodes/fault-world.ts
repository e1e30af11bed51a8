/** What an episode of faults needs beside the world: the nodes as they are now, and how long a reader may go on believing one. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../../faults/clock.ts";
import type { PlainRedis } from "../../faults/plain-redis.ts";
import { untilInSync } from "../../faults/redis-process.ts";
import { LAG_FACTOR } from "../../faults/run-times.ts";
import type { Random } from "../../helpers/random.ts";
import type { FreshWorld } from "../fresh-world.ts";
import type { NodeWatch } from "../node-watch.ts";

/** `sidecar.redis.max_lag`, the default. */
export const MAX_LAG_MS = 1_000;
/** The answer that left just before is still to be read, on a busy machine. */
export const SLACK_MS = 250;
/** A node that is cut off, or says that it is none to be read, must not be believed for longer. */
export const LEAVE_MS = LAG_FACTOR * MAX_LAG_MS + SLACK_MS;
/** What a new state of things is looked at for. */
export const SETTLE_MS = 600;

export interface FaultWorld {
  readonly world: FreshWorld;
  readonly redis: PlainRedis;
  readonly random: Random;
  /** Counts the episodes before: kinds of a fault take turns. */
  readonly turn: number;
}

export interface Roles {
  readonly primary: NodeWatch;
  readonly replicas: readonly NodeWatch[];
}

/** @returns the first node, which is the primary, and the others */
export function rolesOf({ watches }: FreshWorld): Roles {
  const [primary, ...replicas] = watches;
  if (primary === undefined) throw new Error("there is no node");
  return { primary, replicas };
}

/**
 * Kills the primary and brings it back; nobody writes from then on.
 * @param keep its data, or comes back without
 * @returns when it was killed, and when it was started again
 */
export async function restartPrimary(
  world: FreshWorld,
  keep: "kept" | "empty",
  awayMs: number,
): Promise<{ readonly killedMs: number; readonly restartedMs: number }> {
  const { primary } = rolesOf(world);
  const killedMs = nowMs();
  primary.detach();
  await primary.node.kill();
  await world.writer.stop();
  await delay(awayMs);
  const restartedMs = nowMs();
  await primary.node.restart(keep);
  await primary.attach();
  await primary.adopt(restartedMs);
  return { killedMs, restartedMs };
}

/**
 * Waits until replicas have everything again, and takes what they have from themselves: it may have come in one piece.
 * @param sinceMs from then on their changes may have gone unseen
 */
export async function rejoin(
  world: FreshWorld,
  watches: readonly NodeWatch[],
  sinceMs: number,
  { primary }: Pick<Roles, "primary"> = rolesOf(world),
): Promise<void> {
  await untilInSync(
    primary.node,
    watches.map(({ node }) => node),
  );
  for (const watch of watches) await watch.adopt(sinceMs);
  // They may be read as soon as they are within max_lag.
  world.allow({ fromMs: sinceMs, toMs: nowMs() + SLACK_MS, boundMs: LEAVE_MS });
  await delay(SETTLE_MS);
}
