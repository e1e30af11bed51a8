/** The rooms without the ports, for commands that look at a repository themselves. */
import type { Settings } from "../config/settings.ts";
import { type Core, createCore, NOBODY_LISTENS } from "../core.ts";
import { ExitCode } from "./exit-code.ts";
import { printProblems } from "./print-problems.ts";
import { settingsFrom } from "./repository-settings.ts";

/**
 * Loads the repository's settings and registry, connects the store, runs `use`, closes.
 * @returns what `use` returned, or an exit code after the problems were printed
 */
export async function withCore<T>(
  chdir: string,
  use: (core: Core, settings: Settings) => Promise<T>,
): Promise<T | number> {
  const loaded = settingsFrom({ chdir });
  if ("problems" in loaded) return printProblems(loaded.problems);
  // One question is all there is: nothing is worth keeping.
  const settings: Settings = { ...loaded.settings, cache: { ...loaded.settings.cache, mode: "disabled" } };
  const core = createCore(settings, NOBODY_LISTENS);
  try {
    await core.registry.start();
    if (core.snapshot() === undefined) {
      process.stderr.write(
        `feast-sidecar: ${core.registry.lastError()?.message ?? "the registry could not be read"}\n`,
      );
      return ExitCode.FAILED;
    }
    core.store.start(() => {});
    return await use(core, settings);
  } finally {
    await core.close();
  }
}
