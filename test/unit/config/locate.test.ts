// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are shell variables
/** Where the file is found, and what the environment changes in its text. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocateFlags, locateYaml } from "../../../src/config/locate.ts";
import { type Environment, substituteEnvironment } from "../../../src/config/substitute.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "locate-"));
  for (const [path, text] of [
    ["feature_store.yaml", "in cwd"],
    ["repo/feature_store.yaml", "in repo"],
    ["repo2/feature_store.yaml", "in repo2"],
    ["other.yaml", "other"],
    ["bom.yaml", "\ufeffa\r\nb\rc"],
  ] as const) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  writeFileSync(join(root, "latin1.yaml"), Buffer.from([0xe9]));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const base64 = Buffer.from("inline").toString("base64");

test.each<[string, LocateFlags, Environment, text: string, repo: string, yaml: string]>([
  ["nothing given", {}, {}, "in cwd", "", "feature_store.yaml"],
  ["--chdir", { chdir: "repo" }, {}, "in repo", "repo", "repo/feature_store.yaml"],
  ["the variable for it", {}, { FEATURE_REPO_DIR_ENV_VAR: "repo" }, "in repo", "repo", "repo/feature_store.yaml"],
  ["an empty variable", {}, { FEATURE_REPO_DIR_ENV_VAR: "" }, "in cwd", "", "feature_store.yaml"],
  ["both", { chdir: "repo2" }, { FEATURE_REPO_DIR_ENV_VAR: "repo" }, "in repo2", "repo2", "repo2/feature_store.yaml"],
  ["the file by flag", { chdir: "repo", featureStoreYaml: "other.yaml" }, {}, "other", "repo", "other.yaml"],
  ["the file by variable", { chdir: "repo" }, { FEAST_FS_YAML_FILE_PATH: "other.yaml" }, "other", "repo", "other.yaml"],
  [
    "flag before variable",
    { featureStoreYaml: "repo/feature_store.yaml" },
    { FEAST_FS_YAML_FILE_PATH: "other.yaml" },
    "in repo",
    "",
    "repo/feature_store.yaml",
  ],
  ["line ends", { featureStoreYaml: "bom.yaml" }, {}, "\ufeffa\nb\nc", "", "bom.yaml"],
])("%s", (_, flags, env, text, repo, yaml) => {
  const expected = {
    ok: true,
    text,
    repoDir: join(root, repo).replace(/\/$/, ""),
    yamlPath: join(root, yaml),
    isInline: false,
  };
  expect(locateYaml(flags, env, root)).toEqual(expected);
});

describe("text in base64", () => {
  test("has a fresh directory for a repository, whatever the flags", () => {
    const found = locateYaml(
      { chdir: "repo", featureStoreYaml: "other.yaml" },
      { FEATURE_STORE_YAML_BASE64: base64 },
      root,
    );
    expect(found).toMatchObject({ ok: true, text: "inline", yamlPath: "FEATURE_STORE_YAML_BASE64", isInline: true });
    if (!found.ok) return;
    expect(dirname(found.repoDir)).toBe(tmpdir());
    rmSync(found.repoDir, { recursive: true });
  });

  test("gives way to FEAST_FS_YAML_FILE_PATH but keeps its directory", () => {
    const env = { FEATURE_STORE_YAML_BASE64: base64, FEAST_FS_YAML_FILE_PATH: "other.yaml" };
    const found = locateYaml({}, env, root);
    expect(found).toMatchObject({ ok: true, text: "other", yamlPath: join(root, "other.yaml") });
    if (!found.ok) return;
    expect(dirname(found.repoDir)).toBe(tmpdir());
    rmSync(found.repoDir, { recursive: true });
  });

  test("may be wrapped in lines", () => {
    const found = locateYaml({}, { FEATURE_STORE_YAML_BASE64: `${base64.slice(0, 4)}\n ${base64.slice(4)}` }, root);
    expect(found).toMatchObject({ ok: true, text: "inline" });
    if (found.ok) rmSync(found.repoDir, { recursive: true });
  });
});

test.each<[string, LocateFlags, Environment, message: string]>([
  ["a missing file", { chdir: "nowhere" }, {}, "cannot read the file (ENOENT)"],
  ["an empty path", {}, { FEAST_FS_YAML_FILE_PATH: "" }, "cannot read the file (EISDIR)"],
  ["bad base64", {}, { FEATURE_STORE_YAML_BASE64: "abc" }, "the value is not base64"],
  ["not UTF-8", { featureStoreYaml: "latin1.yaml" }, {}, "the text is not UTF-8"],
])("refuses %s", (_, flags, env, message) => {
  expect(locateYaml(flags, env, root)).toMatchObject({ ok: false, message: expect.stringContaining(message) });
});

describe("substitution", () => {
  const env = { A: "1", AB: "2", EMPTY: "", NESTED: "$A", "X:-y": "odd", NOT: undefined };
  test.each([
    ["$A ${A} $AB ${AB}", "1 1 2 2"],
    ["$A-b $A.b $Aé", "1-b 1.b 1é"],
    ["$ABC ${ABC} $NOT", "$ABC ${ABC} $NOT"],
    ["${EMPTY}|$EMPTY|", "||"],
    ["$$A \\$A", "$1 \\1"],
    ["${A:-y} ${X:-y} ${}", "${A:-y} odd ${}"],
    ["$NESTED", "$A"],
    ["'$A' # $A", "'1' # 1"],
    ["$toString ${constructor} $", "$toString ${constructor} $"],
    ["${A", "${A"],
  ])("%s", (text, expected) => {
    expect(substituteEnvironment(text, env)).toBe(expected);
  });
});
