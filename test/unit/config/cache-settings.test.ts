/** `sidecar.cache` and `sidecar.freshness` → CacheSettings, problems and warnings. */
import { describe, expect, test } from "vitest";
import { FEAST, load } from "./make-settings.ts";

const REDIS = `${FEAST}online_store: {type: redis, connection_string: "localhost:6379"}\n`;

const cache = (flow: string) => load(`${FEAST}sidecar: ${flow}\n`);

describe("the cache's settings", () => {
  test("hold what was written, and whose ttl was", () => {
    const { settings, problems } = cache(
      "{cache: {mode: shadow, max_bytes: 1MiB, policy: swr, stale_for: 1m, negative_ttl: 0s, jitter: 0, tenant_key: t, tenant_max_share: 1, views: {a: {ttl: 2s}, b: {policy: disabled}}}}",
    );
    expect(problems).toEqual([]);
    expect(settings?.cache).toEqual({
      mode: "shadow",
      maxBytes: 1_048_576,
      policy: { policy: "swr", ttlMs: 60_000, isTtlNamed: false, staleForMs: 60_000, negativeTtlMs: 0 },
      jitter: 0,
      tenantKey: "t",
      tenantMaxShare: 1,
      views: new Map<string, object>([
        ["a", { ttlMs: 2000, isTtlNamed: true }],
        ["b", { policy: "disabled" }],
      ]),
    });
  });

  test("know a ttl that was written as its default, in the file or in the environment", () => {
    expect(cache("{cache: {ttl: 60s}}").settings?.cache.policy.isTtlNamed).toBe(true);
    const named = load(FEAST, { FEAST_SIDECAR__CACHE__TTL: "1m" });
    expect(named.settings?.cache.policy).toMatchObject({ ttlMs: 60_000, isTtlNamed: true });
  });

  test.each([
    ["{cache: {mode: on}}", "expected one of live, disabled, shadow"],
    ["{cache: {ttl: 60}}", "sidecar.cache.ttl = 60"],
    ["{cache: {jitter: 2}}", "sidecar.cache.jitter = 2"],
    ["{cache: {views: {a: {tll: 1s}}}}", "view a: a key is unknown; did you mean ttl?"],
    ["{cache: {views: {a: {ttl: soon}}}}", "view a: ttl: expected"],
    ["{cache: {views: [a]}}", "expected a map from feature views"],
  ])("%s is refused", (flow, words) => {
    const { problems } = cache(flow);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  test("warn of a channel that nobody listens to", () => {
    expect(cache("{freshness: {channel: c}}").settings?.warnings).toEqual([
      "sidecar.freshness.channel: unused, because online_store.type is sqlite, which has no channels",
    ]);
    const off = load(`${REDIS}sidecar: {freshness: {channel: c}, cache: {mode: disabled}}\n`);
    expect(off.settings?.warnings).toEqual([
      "sidecar.freshness.channel: unused, because sidecar.cache.mode is disabled",
    ]);
    expect(load(`${REDIS}sidecar: {freshness: {channel: c}}\n`).settings?.warnings).toEqual([]);
  });
});
