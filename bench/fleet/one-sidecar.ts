/**
 * What a sidecar is to Redis: the project's own store with its connections, handshakes, samples and pings, and the rows of a working
 * set read one by one. There is no cache before it, so that reads come when the bench says.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Lookup, LookupShape } from "../../src/model/lookup.ts";
import type { RedisSettings } from "../../src/model/redis-settings.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { redisKey } from "../data/encode.ts";
import { FEATURES_PER_VIEW, featureName, JOIN_KEY, PROJECT, viewName } from "../data/shape.ts";

const UP_TIMEOUT_MS = 20_000;
const POLL_MS = 20;

/** The view that is written. */
const SHAPE: LookupShape = {
  views: [
    {
      storageName: viewName(0),
      featureNames: Array.from({ length: FEATURES_PER_VIEW }, (_, feature) => featureName(feature)),
      firstSlot: 0,
      timestampSlot: FEATURES_PER_VIEW,
    },
  ],
  stride: FEATURES_PER_VIEW + 1,
};

/** The defaults of src/config/schema.ts, but for `read_from: replica`: nothing that is measured here shall be read from the primary. */
function settingsFor(primaryPort: number): RedisSettings {
  return {
    kind: "plain",
    endpoints: [{ host: "127.0.0.1", port: primaryPort }],
    sentinelMaster: "",
    db: 0,
    username: undefined,
    password: undefined,
    tls: undefined,
    connectTimeoutMs: 10_000,
    clientName: undefined,
    sentinel: { username: undefined, password: undefined, tls: undefined },
    replicas: [],
    addressMap: new Map(),
    credentialCommand: [],
    zone: "",
    readFrom: "replica",
    maxLagMs: 1000,
    nodeTimeoutMs: 5,
    hedge: { maxRatio: 0.05, minDelayMs: 1 },
    retry: { maxRatio: 0.2 },
    freshnessChannel: "",
  };
}

export class OneSidecar {
  /** Reads that were answered, and those that were not. */
  reads = 0;
  failed = 0;
  /** The first thing that went wrong, in words. */
  problem = "";
  readonly #store: RedisStore;
  readonly #isTracking: boolean;
  readonly #lookups: readonly (readonly Lookup[])[];
  #next = 0;

  /** @param entities its working set @param isTracking as with a cache: the replica is to tell what changes */
  constructor(primaryPort: number, entities: readonly number[], isTracking: boolean) {
    this.#isTracking = isTracking;
    this.#lookups = entities.map((entity) => [{ shape: SHAPE, keys: [redisKey(JOIN_KEY, entity, "")] }]);
    this.#store = new RedisStore(settingsFor(primaryPort), PROJECT, {
      now: () => performance.now(),
      random: Math.random,
    });
    const nothing = (): void => {};
    if (isTracking) this.#store.watch({ keyChanged: nothing, allChanged: nothing, viewChanged: nothing });
  }

  /** Resolves when the replica serves, and tracks if it is to. @throws Error when it does not (rejection) */
  async start(): Promise<void> {
    this.#store.start((state, reason) => {
      if (state !== "connecting") this.problem ||= reason ?? "";
    });
    for (const endMs = performance.now() + UP_TIMEOUT_MS; performance.now() < endMs; await delay(POLL_MS)) {
      const { nodes } = this.#store.figures();
      const isReady = nodes.some(
        ({ role, state, tracking }) =>
          role === "replica" && state === "serving" && (!this.#isTracking || tracking?.isOn),
      );
      if (isReady && nodes.some(({ role, state }) => role === "primary" && state !== "down")) return;
    }
    throw new Error(`a sidecar did not get up: ${this.problem} ${JSON.stringify(this.#store.figures().nodes)}`);
  }

  /** Invalidations that came. */
  get pushes(): number {
    return this.#store.figures().changes?.pushes ?? 0;
  }

  /** Reads the next row of the working set; never throws. */
  async readNext(): Promise<void> {
    const lookups = this.#lookups[this.#next] as readonly Lookup[];
    this.#next = (this.#next + 1) % this.#lookups.length;
    try {
      await this.#store.read(lookups, Number.POSITIVE_INFINITY, true);
      this.reads += 1;
    } catch (error) {
      this.failed += 1;
      this.problem ||= (error as Error).message;
    }
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
