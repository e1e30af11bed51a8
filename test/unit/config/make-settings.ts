/** Loads settings from yaml text in a temporary repository. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSettings, type SettingsFlags } from "../../../src/config/load-settings.ts";
import { formatProblem } from "../../../src/config/problem.ts";
import type { Settings } from "../../../src/config/settings.ts";
import type { Environment } from "../../../src/config/substitute.ts";

export interface Outcome {
  readonly settings: Settings | undefined;
  /** Formatted, with the path of the yaml cut to its name. */
  readonly problems: readonly string[];
  readonly repoDir: string;
}

export const FEAST = "project: demo\nregistry: data/registry.db\n";

/** @param yaml the whole file */
export function load(yaml: string, env: Environment = {}, flags: SettingsFlags = {}): Outcome {
  const repoDir = mkdtempSync(join(tmpdir(), "settings-"));
  try {
    writeFileSync(join(repoDir, "feature_store.yaml"), yaml);
    // Certificate files only have to be there; what is in them is the transport's matter.
    for (const name of ["c", "k", "c.pem", "k.pem", "ca.pem"]) writeFileSync(join(repoDir, name), "");
    const loaded = loadSettings({ flags: { chdir: repoDir, ...flags }, env, cwd: "/cwd" });
    if ("settings" in loaded) return { settings: loaded.settings, problems: [], repoDir };
    const problems = loaded.problems.map((problem) => formatProblem(problem).replaceAll(`${repoDir}/`, ""));
    return { settings: undefined, problems, repoDir };
  } finally {
    rmSync(repoDir, { recursive: true });
  }
}
