/** Looks at everything, once: builds what `serve` builds behind its ports, waits until it has settled, asks, and closes it. */
import { statSync } from "node:fs";
import { totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { UnfitDefault } from "../budget/late-views.ts";
import type { Settings } from "../config/settings.ts";
import { type Core, createCore, NOBODY_LISTENS } from "../core.ts";
import type { NodeFigures } from "../model/feature-store.ts";
import { parseListenAddress } from "../model/listen-address.ts";
import type { RedisAddress } from "../model/redis-settings.ts";
import { addressText } from "../store/redis/control/address-map.ts";
import { MOST_KEYS } from "../store/redis/inspect/find-key.ts";
import { type InspectedNode, inspectRedis, sentinelCertificates } from "../store/redis/inspect/inspect-redis.ts";
import { firstKey } from "../store/sqlite/first-key.ts";
import { checkDataPort, checkRedisTls } from "./check-certificates.ts";
import { checkCluster } from "./check-cluster.ts";
import { checkConfiguration } from "./check-configuration.ts";
import { checkKeyFormat, type KeyFacts } from "./check-key-format.ts";
import { checkMemory } from "./check-memory.ts";
import { checkNodes } from "./check-nodes.ts";
import { checkRegistry } from "./check-registry.ts";
import { checkStore } from "./check-store.ts";
import { type Finding, trouble } from "./finding.ts";

/** What every node has to be judged by; a node that is not reached makes the whole wait. */
const SETTLE_MS = 4000;
const LOOK_EVERY_MS = 25;
/** Failures in a row after which a store that was never up will not be. */
const GIVE_UP_AFTER = 5;
/** Nodes that are asked directly: each costs a connection. */
const MOST_NODES = 64;

export interface DoctorDeps {
  /** Epoch milliseconds. */
  readonly epochMs: () => number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** @returns what was found, in the order of a request's way; never throws for what is wrong outside */
export async function runDoctor(settings: Settings, deps: DoctorDeps): Promise<readonly Finding[]> {
  const problems: string[] = [];
  let unfit: readonly UnfitDefault[] = [];
  const core = createCore(settings, {
    ...NOBODY_LISTENS,
    onDefaultsChecked: (each) => {
      unfit = each;
    },
  });
  try {
    core.store.start((_, reason) => {
      if (reason !== undefined) problems.push(reason);
    });
    await core.registry.start();
    await settled(core, problems, deps);
    const figures = core.store.figures?.();
    const nodes = await inspect(settings, figures?.nodes ?? [], deps);
    const { onlineStore } = settings;
    const sentinels = onlineStore.type === "redis" ? await sentinelCertificates(onlineStore.redis) : [];
    const snapshot = core.snapshot();
    const error = core.registry.lastError();
    const fileTimeMs = statSync(settings.registry.path, { throwIfNoEntry: false })?.mtimeMs;
    const nowMs = deps.epochMs();
    const { project, entityKeyVersion: version } = settings;
    return [
      ...checkConfiguration(settings),
      ...checkDataPort(settings, nowMs),
      ...checkMemory({
        cacheBytes: core.cache === undefined ? 0 : settings.cache.maxBytes,
        limitBytes: containerLimit(),
        heapLimitBytes: getHeapStatistics().heap_size_limit,
      }),
      ...checkRegistry(settings, { snapshot, error, fileTimeMs, knowsView: core.knowsView, unfit }, nowMs),
      ...checkStore({ type: core.store.type, where: whereOf(settings), state: core.store.state(), problems, figures }),
      ...checkNodes(nodes, settings.budget.sliceMs),
      ...unasked(figures?.nodes ?? []),
      ...checkRedisTls(settings, nodes, sentinels, nowMs),
      ...checkCluster(nodes),
      ...checkKeyFormat({ key: keyOf(settings, core, nodes), version, project, snapshot }),
    ];
  } finally {
    await core.close();
  }
}

/** No limit is told as one that no machine has. */
function containerLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit === 0 || limit >= totalmem() ? undefined : limit;
}

/** Until the store is up and every node has been judged, or time is up. */
async function settled({ store }: Core, problems: readonly string[], { now }: DoctorDeps): Promise<void> {
  const endMs = now() + SETTLE_MS;
  while (now() < endMs) {
    const nodes = store.figures?.().nodes ?? [];
    if (store.state() === "up" ? nodes.every(isJudged) : problems.length >= GIVE_UP_AFTER) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function isJudged({ state, reason, tracking }: NodeFigures): boolean {
  if (reason === "unknown" || reason === "disconnected") return false;
  if (state === "out") return true;
  return tracking === undefined || (tracking.reason !== "asked" && tracking.reason !== "in_doubt");
}

async function inspect(
  { onlineStore, project }: Settings,
  figures: readonly NodeFigures[],
  deps: DoctorDeps,
): Promise<readonly InspectedNode[]> {
  if (onlineStore.type !== "redis") return [];
  const { redis } = onlineStore;
  const known =
    figures.length > 0 || redis.kind === "sentinel" ? figures.map(({ node }) => addressOf(node)) : redis.endpoints;
  return inspectRedis(redis, project, known.slice(0, MOST_NODES), { ...deps, random: Math.random });
}

function addressOf(node: string): RedisAddress {
  const parsed = parseListenAddress(node);
  if (!parsed.ok || parsed.value.kind !== "tcp") throw new Error(`${node} is no address of a node`);
  return parsed.value;
}

function unasked(figures: readonly NodeFigures[]): Finding[] {
  const more = figures.length - MOST_NODES;
  if (more <= 0) return [];
  return [
    trouble("node", "skip", "", `${more} more nodes were not asked directly`, "each has a finding of its own above"),
  ];
}

function whereOf({ onlineStore }: Settings): string {
  if (onlineStore.type === "sqlite") return onlineStore.path;
  return onlineStore.redis.endpoints.map(addressText).join(", ");
}

function keyOf({ onlineStore, project }: Settings, core: Core, nodes: readonly InspectedNode[]): KeyFacts["key"] {
  if (onlineStore.type === "sqlite") {
    const looked = onlineStore.path;
    try {
      const entityKey = firstKey(onlineStore.path, project, core.snapshot()?.views.keys() ?? []);
      return entityKey === undefined ? { kind: "none", looked } : { kind: "found", entityKey };
    } catch (error) {
      return { kind: "refused", words: (error as Error).message };
    }
  }
  const found = nodes.map(({ key }) => key).filter((key) => key !== undefined);
  for (const key of found) if ("entityKey" in key) return { kind: "found", entityKey: key.entityKey };
  for (const key of found) if ("refusal" in key) return { kind: "refused", words: key.refusal };
  if (found.length === 0) return { kind: "refused", words: "no node could be asked" };
  const isAll = found.every((key) => "isAll" in key && key.isAll);
  const looked = isAll ? `db ${onlineStore.redis.db}` : `the first ${MOST_KEYS.toLocaleString("en")} keys`;
  return { kind: "none", looked };
}
