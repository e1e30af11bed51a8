/** Chooses the online store by `online_store.type`. */
import type { FeatureStore } from "../model/feature-store.ts";
import type { RedisSettings } from "../model/redis-settings.ts";
import { RedisStore } from "./redis/redis-store.ts";
import type { SqliteSettings } from "./sqlite/sqlite-settings.ts";
import { SqliteStore } from "./sqlite/sqlite-store.ts";
import type { StoreDeps } from "./store-deps.ts";

export type StoreSettings =
  | { readonly type: "redis"; readonly redis: RedisSettings }
  | ({ readonly type: "sqlite" } & SqliteSettings);

/**
 * Builds the store; nothing is connected or opened before `start()`.
 * @param project Feast project, part of every store key and table name
 * @throws RangeError for settings that can never work (an unknown time zone)
 */
export function openStore(settings: StoreSettings, project: string, deps: StoreDeps): FeatureStore {
  switch (settings.type) {
    case "redis":
      return new RedisStore(settings.redis, project, deps);
    case "sqlite":
      return new SqliteStore({ ...settings, project }, deps);
  }
}
