/** docs/redis.md keeps its word: its YAML is accepted, its options exist, with the defaults that it tells. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadSettings } from "../../src/config/load-settings.ts";
import { formatProblem } from "../../src/config/problem.ts";
import { REDIS_OPTIONS } from "../../src/config/schema-redis.ts";

const PAGE = readFileSync(fileURLToPath(new URL("../../docs/redis.md", import.meta.url)), "utf8");
const SNIPPETS = [...PAGE.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = ""]) => yaml);
/** What the snippets leave to the rest of Feast's file. */
const FEAST = "project: shop\nregistry: data/registry.db\n";
const SECRETS = { REDIS_PASSWORD: "of-the-nodes", SENTINEL_PASSWORD: "of-the-sentinels" };

function load(yaml: string): ReturnType<typeof loadSettings> {
  const repo = mkdtempSync(join(tmpdir(), "feast-docs-"));
  try {
    writeFileSync(join(repo, "feature_store.yaml"), FEAST + yaml);
    mkdirSync(join(repo, "tls"));
    for (const name of ["ca.crt", "tls.crt", "tls.key"]) writeFileSync(join(repo, "tls", name), "");
    return loadSettings({ flags: { chdir: repo }, env: SECRETS, cwd: "/" });
  } finally {
    rmSync(repo, { recursive: true });
  }
}

describe("YAML", () => {
  test("of each topology there is some", () => {
    const kinds = SNIPPETS.map((yaml) => /redis_type: (\w+)/.exec(yaml)?.[1] ?? "redis");
    expect(new Set(kinds)).toEqual(new Set(["redis", "redis_sentinel", "redis_cluster"]));
  });

  test.each(SNIPPETS)("is accepted without a warning\n%s", (yaml) => {
    const loaded = load(yaml);
    if ("problems" in loaded) throw new Error(loaded.problems.map(formatProblem).join("\n"));
    expect(loaded.settings.warnings).toEqual([]);
    expect(loaded.settings.onlineStore.type).toBe("redis");
  });

  test("would be refused with a slip in it", () => {
    expect(load(`${SNIPPETS[0]}sidecar: {redis: {read_form: nearest}}\n`)).toHaveProperty("problems.length", 1);
  });
});

describe("options", () => {
  test.each(Object.keys(REDIS_OPTIONS))("%s is told of", (path) => {
    expect(PAGE).toMatch(new RegExp(`\\b${path.split(".").at(-1)}\\b`));
  });

  test.each([
    ["redis.max_lag", "`max_lag` (1s)"],
    ["redis.node_timeout", "`node_timeout` (5ms)"],
    ["redis.hedge.min_delay", "`hedge.min_delay` (1ms)"],
    ["redis.hedge.max_ratio", "`hedge.max_ratio` 0.05"],
    ["redis.retry.max_ratio", "`retry.max_ratio` 0.2"],
    ["redis.read_from", "`replica_preferred` (default"],
  ] as const)("the default of %s is the one that is told", (path, words) => {
    expect(PAGE).toContain(words);
    expect(words).toContain(REDIS_OPTIONS[path].defaultText);
  });
});
