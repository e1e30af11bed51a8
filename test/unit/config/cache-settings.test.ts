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
    ["{cache: {views: {a: {tll: 1s}}}}", 'sidecar.cache.views.a.tll = "1s": unknown key; did you mean ttl?'],
    [
      "{cache: {views: {a: {ttl: soon}}}}",
      'sidecar.cache.views.a.ttl = "soon": text does not fit; expected a duration',
    ],
    ["{cache: {views: [a]}}", "expected a map from feature views"],
  ])("%s is refused", (flow, words) => {
    const { problems } = cache(flow);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });

  const DURATION = "expected a duration with a unit (us, ms, s, m, h, d), such as 500us, 10ms, 5s, 10m, at most 24d";
  const POLICY = "one of ttl, swr, disabled";
  const ON = "YAML reads the unquoted word on as the boolean true, like yes, no, on and off; put a word in quotes";
  const NAME = "expected the name of a feature view, in quotes unless YAML reads it as text";
  const KEYS = "policy, ttl, stale_for, negative_ttl";

  test("every problem of every view, each with its own path and line", () => {
    const yaml = `${FEAST}sidecar:
  cache:
    views:
      bad:
        policy: on
      a:
        ttl: 5
        policy: x
        stale_for: 1s
      fine: {ttl: 5s}
      b:
        tll: 1s
        colour: red
        on: 1
        ttl: 7
      c: disabled
      d:
      5: {ttl: 8}
      off: {}
      "": {}
      api_token:
        ttl: hunter
`;
    const { problems } = load(yaml);
    expect(problems).toEqual(
      [
        `7: sidecar.cache.views.bad.policy = on: ${ON}; expected ${POLICY}`,
        `9: sidecar.cache.views.a.ttl = 5: a number has no unit; ${DURATION}`,
        `10: sidecar.cache.views.a.policy = "x": text does not fit; expected ${POLICY}`,
        '14: sidecar.cache.views.b.tll = "1s": unknown key; did you mean ttl?',
        `15: sidecar.cache.views.b.colour = "red": unknown key; expected one of ${KEYS}`,
        `16: sidecar.cache.views.b.True = 1: YAML reads the unquoted key on as a boolean; unknown key; expected one of ${KEYS}`,
        `17: sidecar.cache.views.b.ttl = 7: a number has no unit; ${DURATION}`,
        `18: sidecar.cache.views.c = "disabled": text does not fit; expected a map with any of the keys ${KEYS}`,
        `19: sidecar.cache.views.d = None: empty does not fit; expected a map with any of the keys ${KEYS}`,
        `20: sidecar.cache.views.5 = a map with 1 key: the name of a view is not text; ${NAME}`,
        `20: sidecar.cache.views.5.ttl = 8: a number has no unit; ${DURATION}`,
        `21: sidecar.cache.views.off = a map with 0 keys: YAML reads the unquoted key off as a boolean; ${NAME}`,
        `22: sidecar.cache.views."" = a map with 0 keys: the name of a view is empty; ${NAME}`,
        `24: sidecar.cache.views.api_token.ttl = ***: text does not fit; ${DURATION}`,
      ].map((each) => `feature_store.yaml line ${each}`),
    );
  });

  test("problems of views in the environment name the variable", () => {
    const env = { FEAST_SIDECAR__CACHE__VIEWS: "{a: {ttl: 5, policy: on}, b: {ttl: 7, tll: 1s}}" };
    expect(load(`${FEAST}sidecar: {cache: {ttl: 5}}\n`, env).problems).toEqual([
      `feature_store.yaml line 3: sidecar.cache.ttl = 5: a number has no unit; ${DURATION}`,
      ...[
        `a.ttl = 5: a number has no unit; ${DURATION}`,
        `a.policy = on: ${ON}; expected ${POLICY}`,
        `b.ttl = 7: a number has no unit; ${DURATION}`,
        'b.tll = "1s": unknown key; did you mean ttl?',
      ].map((each) => `environment variable FEAST_SIDECAR__CACHE__VIEWS: sidecar.cache.views.${each}`),
    ]);
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
