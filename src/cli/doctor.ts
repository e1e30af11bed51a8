/** `doctor`: looks at everything that a sidecar needs, and says what to do for each thing that is not as it should be. */
import { parseArgs } from "node:util";
import { findProblems } from "../doctor/check-configuration.ts";
import type { Finding } from "../doctor/finding.ts";
import { renderFindings } from "../doctor/render-findings.ts";
import { runDoctor } from "../doctor/run-doctor.ts";
import { ExitCode } from "./exit-code.ts";
import { REPOSITORY_OPTIONS, settingsFrom } from "./repository-settings.ts";
import { parsed } from "./usage-error.ts";

export const DOCTOR_USAGE = `doctor [--chdir DIR] [--feature-store-yaml FILE] [--json]
    Checks configuration, registry, store, keys, certificates, clocks and memory, and says what to do for each finding.`;

/** @returns exit code 0 when nothing fails, 1 when something does, 64 for a configuration that `serve` would refuse */
export async function doctorCommand(args: readonly string[]): Promise<number> {
  const { values } = parsed(() =>
    parseArgs({ args: [...args], options: { ...REPOSITORY_OPTIONS, json: { type: "boolean" } } }),
  );
  const loaded = settingsFrom(values);
  const print = (findings: readonly Finding[]): void => {
    process.stdout.write(`${values.json === true ? JSON.stringify(findings) : renderFindings(findings)}\n`);
  };
  if ("problems" in loaded) {
    print(findProblems(loaded.problems));
    return ExitCode.CONFIGURATION;
  }
  const findings = await runDoctor(loaded.settings, { epochMs: Date.now, now: () => performance.now() });
  print(findings);
  return findings.some(({ level }) => level === "fail") ? ExitCode.FAILED : ExitCode.OK;
}
