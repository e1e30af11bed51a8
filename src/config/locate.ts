/** Finds feature_store.yaml as Feast's command line does (feast/cli/cli.py:cli, feast/repo_operations.py:create_feature_store). */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "./substitute.ts";

export interface LocateFlags {
  /** `--chdir`, the repository. */
  readonly chdir?: string;
  /** `--feature-store-yaml` */
  readonly featureStoreYaml?: string;
}

export type Located =
  | {
      readonly ok: true;
      readonly repoDir: string;
      /** The path that was read, or the name of the variable that held the text. */
      readonly yamlPath: string;
      readonly text: string;
      /** The text came from a variable: relative paths lead into an empty directory, as with Feast. */
      readonly isInline: boolean;
    }
  | { readonly ok: false; readonly yamlPath: string; readonly message: string };

const REPO_DIR_VARIABLE = "FEATURE_REPO_DIR_ENV_VAR";
const YAML_PATH_VARIABLE = "FEAST_FS_YAML_FILE_PATH";
const YAML_BASE64_VARIABLE = "FEATURE_STORE_YAML_BASE64";

/**
 * In Feast's order: a base64 text in the environment (its repository is a fresh empty directory, and `--feature-store-yaml`
 * does not count), else the flag, else FEAST_FS_YAML_FILE_PATH, else `<repository>/feature_store.yaml`.
 * FEAST_FS_YAML_FILE_PATH also wins over the base64 text, which then only changes the repository.
 */
export function locateYaml(flags: LocateFlags, env: Environment, cwd: string): Located {
  const pathVariable = env[YAML_PATH_VARIABLE];
  const base64 = env[YAML_BASE64_VARIABLE];
  if (base64 !== undefined && base64 !== "") {
    return pathVariable === undefined ? decodeInline(base64) : readAt(resolve(cwd, pathVariable), emptyRepository());
  }
  const repoVariable = env[REPO_DIR_VARIABLE] === "" ? undefined : env[REPO_DIR_VARIABLE];
  const repoDir = resolve(cwd, flags.chdir ?? repoVariable ?? "");
  const flag = flags.featureStoreYaml === "" ? undefined : flags.featureStoreYaml;
  const named = flag ?? pathVariable;
  return readAt(named === undefined ? join(repoDir, "feature_store.yaml") : resolve(cwd, named), repoDir);
}

/** Readable by this user only, so that nobody can put a registry there. */
function emptyRepository(): string {
  return mkdtempSync(join(tmpdir(), "feast-sidecar-"));
}

function readAt(yamlPath: string, repoDir: string): Located {
  let bytes: Buffer;
  try {
    bytes = readFileSync(yamlPath);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const message = `cannot read the file (${code}); expected a Feast repository there: use --chdir DIR or --feature-store-yaml FILE`;
    return { ok: false, yamlPath, message };
  }
  return decodeText(bytes, yamlPath, repoDir, false);
}

/** Python's base64.b64decode skips characters outside the alphabet. */
function decodeInline(base64: string): Located {
  const clean = base64.replace(/[^A-Za-z0-9+/=]/g, "");
  if (clean.length % 4 !== 0) {
    return {
      ok: false,
      yamlPath: YAML_BASE64_VARIABLE,
      message: "the value is not base64; expected the encoded text of a feature_store.yaml",
    };
  }
  return decodeText(Buffer.from(clean, "base64"), YAML_BASE64_VARIABLE, emptyRepository(), true);
}

function decodeText(bytes: Buffer, yamlPath: string, repoDir: string, isInline: boolean): Located {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { ok: true, repoDir, yamlPath, text: text.replace(/\r\n?/g, "\n"), isInline };
  } catch {
    return { ok: false, yamlPath, message: "the text is not UTF-8" };
  }
}
