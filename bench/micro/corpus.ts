/** All micro benchmarks by name. */
import { assembleCases } from "./cases/assemble-cases.ts";
import { byteCases } from "./cases/byte-cases.ts";
import { planCases } from "./cases/plan-cases.ts";
import { telemetryCases } from "./cases/telemetry-cases.ts";
import type { MicroCase } from "./micro-case.ts";

export const corpus: readonly MicroCase[] = [...planCases, ...assembleCases, ...byteCases, ...telemetryCases];

/** @throws Error when no name matches */
export function chooseCases(pattern: string): readonly MicroCase[] {
  const chosen = corpus.filter(({ name }) => new RegExp(pattern, "i").test(name));
  if (chosen.length > 0) return chosen;
  throw new Error(`no case matches /${pattern}/; there are:\n${corpus.map(({ name }) => `  ${name}`).join("\n")}`);
}
