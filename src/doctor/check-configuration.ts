/** The configuration as it was read: every problem, every warning. */
import { formatProblem, type Problem } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";
import { type Finding, ok, trouble } from "./finding.ts";

/** Each problem stops the start. */
export function findProblems(problems: readonly Problem[]): Finding[] {
  return problems.map((problem) =>
    trouble("configuration", "fail", "", formatProblem(problem), "correct it: `serve` does not start (exit code 64)"),
  );
}

export function checkConfiguration({ warnings, yamlPath }: Settings): Finding[] {
  const found = warnings.map((warning) =>
    trouble("configuration", "warn", yamlPath, warning, "the start goes on; correct it if it is not meant"),
  );
  return found.length > 0 ? found : [ok("configuration", yamlPath, "no problem")];
}
