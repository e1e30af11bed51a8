/**
 * The online store of `type: redis`, standalone. Comes in: lookups and a deadline; goes out: index-aligned raw rows.
 * Fails with UNAVAILABLE or DEADLINE_EXCEEDED only; never decodes a value, never queues a read for a dead server.
 */
import type { FeatureStore, StoreCommand, StoreState } from "../../model/feature-store.ts";
import type { Lookup, RowBlock } from "../../model/lookup.ts";
import { deadlineError, withDeadline } from "../read-deadline.ts";
import type { StoreDeps } from "../store-deps.ts";
import { readLookups } from "./read-lane.ts";
import { describeCommands } from "./redis-commands.ts";
import { RedisConnection } from "./redis-connection.ts";
import type { RedisStoreOptions } from "./redis-settings.ts";

export class RedisStore implements FeatureStore {
  readonly type = "redis";
  /** feast/infra/online_stores/redis.py:_get_features_for_entity makes a Value for every requested field. */
  readonly absentCells = "null";
  readonly readsVersions = true;
  readonly #connection: RedisConnection;
  readonly #projectBytes: Buffer;
  readonly #now: () => number;

  constructor(options: RedisStoreOptions, deps: StoreDeps) {
    this.#connection = new RedisConnection(options, deps);
    this.#projectBytes = Buffer.from(options.project, "utf8");
    this.#now = deps.now;
  }

  start(onState: (state: StoreState) => void): void {
    this.#connection.start(onState);
  }

  state(): StoreState {
    return this.#connection.state();
  }

  async read(lookups: readonly Lookup[], deadlineMs: number): Promise<readonly RowBlock[]> {
    if (this.#now() >= deadlineMs) throw deadlineError(this.#connection.who);
    const redis = await this.#connection.ready(deadlineMs);
    const work = readLookups(this.#connection, redis, lookups, this.#projectBytes);
    return withDeadline(work, deadlineMs, this.#now, this.#connection.who);
  }

  describe(lookups: readonly Lookup[]): readonly StoreCommand[] {
    return describeCommands(lookups, this.#projectBytes);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
