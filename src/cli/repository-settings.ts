/** `--chdir` and `--feature-store-yaml`: whose repository a command is about, and the settings that it gives. */
import type { OptionFlags } from "../config/collect-options.ts";
import { type LoadedSettings, loadSettings } from "../config/load-settings.ts";
import { processEnvironment } from "../config/process-environment.ts";

/** For node's `parseArgs`. */
export const REPOSITORY_OPTIONS = {
  chdir: { type: "string", short: "c" },
  "feature-store-yaml": { type: "string", short: "f" },
} as const;

interface RepositoryValues {
  readonly chdir?: string | undefined;
  readonly "feature-store-yaml"?: string | undefined;
}

/** @param more what else the command line says */
export function settingsFrom(values: RepositoryValues, more: OptionFlags = {}): LoadedSettings {
  const { chdir, "feature-store-yaml": featureStoreYaml } = values;
  const flags = { ...(chdir !== undefined && { chdir }), ...(featureStoreYaml !== undefined && { featureStoreYaml }) };
  return loadSettings({ flags: { ...flags, ...more }, env: processEnvironment(), cwd: process.cwd() });
}
