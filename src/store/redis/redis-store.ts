/**
 * The online store of `type: redis`, standalone. Comes in: lookups and a deadline; goes out: index-aligned raw rows.
 * Fails with UNAVAILABLE or DEADLINE_EXCEEDED only; never decodes a value, never queues a read for a dead server.
 */
import type { FeatureStore, StoreCommand, StoreState } from "../../model/feature-store.ts";
import type { Lookup, RowBlock } from "../../model/lookup.ts";
import type { StoreDeps } from "../store-deps.ts";
import { RedisNode } from "./lane/redis-node.ts";
import { describeCommands } from "./redis-commands.ts";
import type { RedisStoreOptions } from "./redis-settings.ts";

export class RedisStore implements FeatureStore {
  readonly type = "redis";
  /** feast/infra/online_stores/redis.py:_get_features_for_entity makes a Value for every requested field. */
  readonly absentCells = "null";
  readonly readsVersions = true;
  readonly #node: RedisNode;
  readonly #projectBytes: Buffer;

  constructor(options: RedisStoreOptions, deps: StoreDeps) {
    this.#node = new RedisNode(options, deps);
    this.#projectBytes = Buffer.from(options.project, "utf8");
  }

  start(onState: (state: StoreState, reason?: string) => void): void {
    this.#node.start(onState);
  }

  state(): StoreState {
    return this.#node.state();
  }

  read(lookups: readonly Lookup[], deadlineMs: number): Promise<readonly RowBlock[]> {
    return this.#node.read(lookups, deadlineMs);
  }

  describe(lookups: readonly Lookup[]): readonly StoreCommand[] {
    return describeCommands(lookups, this.#projectBytes);
  }

  close(): Promise<void> {
    return this.#node.close();
  }
}
