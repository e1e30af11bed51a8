/** One materialization beside a fleet that has read its rows: what it costs both nodes, and what the replica's clients get to wait. */
import { setTimeout as delay } from "node:timers/promises";
import type { ControlFigures } from "./control-reads.ts";
import { closeFleet, type FleetWorld, openFleet } from "./fleet-world.ts";
import { type ReplicaState, replicaState, type Spent, spent, takeSample } from "./sample.ts";

/** Redis looks at each client's memory once a second. */
const MEMORY_SETTLES_MS = 1100;
const CLIENTS_EVERY_MS = 250;
const POLL_MS = 20;

/** `full` = as fast as the primary takes them. */
export type Speed = "full" | "paced";

export interface StormKind {
  readonly isTracking: boolean;
  readonly holders: number;
  readonly speed: Speed;
}

export interface StormRun extends StormKind {
  /** Of the replica: without a fleet, with one that has read nothing yet, with all rows read (at full speed only: after a pause). */
  readonly memory: { readonly alone: ReplicaState; readonly connected: ReplicaState; readonly filled: ReplicaState };
  /** All working sets read once, as fast as they go. */
  readonly fill: Spent;
  /** Until the primary had acknowledged all rows. */
  readonly writeMs: number;
  /** Until the replica had them, and the sidecars all pushes. */
  readonly storm: Spent;
  readonly control: ControlFigures;
  /** Largest at any look: of one connection to the replica, and of all together. */
  readonly mostOmemBytes: number;
  readonly mostOmemBytesOfAll: number;
  readonly keysTrackedAfter: number;
}

export async function stormRun(world: FleetWorld, kind: StormKind): Promise<StormRun> {
  const { plan, redis, fleet, control, materialization } = world;
  const alone = await replicaState(redis);
  await openFleet(world, kind.holders, kind.isTracking);
  const connected = await replicaState(redis);
  const empty = await takeSample(world);
  await fleet.call("fill", plan.keysPerSidecar);
  const full = await takeSample(world);
  if (kind.speed === "full") await delay(MEMORY_SETTLES_MS);
  const filled = await replicaState(redis);
  await fleet.call("read", (plan.sidecars * plan.keysPerSidecar) / plan.ttlSeconds);
  const omem = watchOmem(world);
  await control.call("start");
  const before = await takeSample(world);
  const writeMs = await materialization.write(
    redis.primary.port,
    kind.speed === "full" ? undefined : plan.rowsPerSecond,
  );
  await redis.untilInSync();
  await untilPushed(world);
  const after = await takeSample(world);
  const controlFigures = await control.call("stop");
  const { trackedKeys } = await replicaState(redis);
  const most = await omem.stop();
  await closeFleet(world);
  return {
    ...kind,
    memory: { alone, connected, filled },
    fill: spent(empty, full),
    writeMs,
    storm: spent(before, after),
    control: controlFigures,
    ...most,
    keysTrackedAfter: trackedKeys,
  };
}

/** No push came for a moment. */
export async function untilPushed({ fleet }: FleetWorld): Promise<void> {
  for (let last = -1; ; await delay(POLL_MS)) {
    const { pushes } = await fleet.call("figures");
    const now = pushes.reduce((total, each) => total + each, 0);
    if (now === last) return;
    last = now;
  }
}

type MostOmem = Pick<StormRun, "mostOmemBytes" | "mostOmemBytesOfAll">;

/** Looks at the replica's clients from time to time. */
function watchOmem({ redis }: FleetWorld): { stop(): Promise<MostOmem> } {
  let mostOmemBytes = 0;
  let mostOmemBytesOfAll = 0;
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      const omem = (await redis.replica.clients()).map(({ omemBytes }) => omemBytes);
      mostOmemBytes = Math.max(mostOmemBytes, ...omem);
      mostOmemBytesOfAll = Math.max(
        mostOmemBytesOfAll,
        omem.reduce((total, each) => total + each, 0),
      );
      await delay(CLIENTS_EVERY_MS);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await looking;
      return { mostOmemBytes, mostOmemBytesOfAll };
    },
  };
}
