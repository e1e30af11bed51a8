/** Loads feature_store.yaml with a Redis online store and a `sidecar.redis`. */
import { expect } from "vitest";
import type { RedisSettings } from "../../../src/model/redis-settings.ts";
import { FEAST, type Outcome } from "./make-settings.ts";

export interface RedisQuestion {
  readonly string?: string;
  readonly type?: "redis" | "redis_cluster" | "redis_sentinel";
  /** YAML flow text of `sidecar.redis`. */
  readonly redis?: string;
}

/** The connection string stands in line 3, `sidecar.redis` in line 5. */
export function yamlOf({ string = "h:6379", type = "redis", redis = "{}" }: RedisQuestion): string {
  return `${FEAST}online_store: {type: redis, redis_type: ${type}, connection_string: '${string}'}\nsidecar:\n  redis: ${redis}\n`;
}

/** Expects that there were no problems. */
export function redisOf({ settings, problems }: Outcome): RedisSettings | undefined {
  expect(problems).toEqual([]);
  return settings?.onlineStore.type === "redis" ? settings.onlineStore.redis : undefined;
}
