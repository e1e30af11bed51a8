/** Every problem of the configuration, one a line. */
import { formatProblem, type Problem } from "../config/problem.ts";
import { ExitCode } from "./exit-code.ts";

/** @returns the exit code of a bad configuration */
export function printProblems(problems: readonly Problem[]): number {
  for (const problem of problems) process.stderr.write(`feast-sidecar: ${formatProblem(problem)}\n`);
  return ExitCode.CONFIGURATION;
}
