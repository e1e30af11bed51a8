/** `explain`: how a question would be answered, without asking the store: views, keys in hex, the commands that would be sent. */
import { parseArgs } from "node:util";
import { ServeError } from "../model/serve-error.ts";
import type { ExplainedPlan } from "../plan/explain-plan.ts";
import { ExitCode } from "./exit-code.ts";
import { parseQuestion, QUESTION_OPTIONS, questionRequest } from "./feature-question.ts";
import { withCore } from "./offline-core.ts";
import { parsed, UsageError } from "./usage-error.ts";

export const EXPLAIN_USAGE = `explain --features view:feature,… | --service NAME  key=value[,value…] …  [--chdir DIR] [--full] [--json]
    Prints the plan: views, join keys, store keys in hex, the commands that would be sent.`;

/** @returns exit code 0, or 1 when the question would be refused */
export async function explainCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...QUESTION_OPTIONS, json: { type: "boolean" }, "debug-address": { type: "string" } },
    }),
  );
  if (values["debug-address"] !== undefined) {
    throw new UsageError("--debug-address is not built yet; --chdir explains from the repository itself");
  }
  const request = questionRequest(parseQuestion(values, positionals));
  return withCore(values.chdir ?? ".", async ({ planner, store, rules, snapshot }, settings) => {
    const current = snapshot();
    if (current === undefined) return ExitCode.FAILED;
    try {
      const { plan, bound } = planner.explain(current, request, rules.http);
      const commands = store.describe(bound.lookups).map(({ words }) => words);
      const explained = { project: settings.project, store: store.type, ...plan, commands };
      process.stdout.write(`${values.json === true ? JSON.stringify(explained) : render(explained)}\n`);
      return ExitCode.OK;
    } catch (error) {
      if (!(error instanceof ServeError)) throw error;
      process.stderr.write(`feast-sidecar: ${error.code}: ${error.message}\n`);
      return ExitCode.FAILED;
    }
  });
}

type Explained = ExplainedPlan & {
  readonly project: string;
  readonly store: string;
  readonly commands: readonly (readonly string[])[];
};

function render(explained: Explained): string {
  const lines = [`project  ${explained.project}`, `store    ${explained.store}`];
  for (const view of explained.views) {
    const stored = view.storageName === view.name ? "" : `  stored as ${view.storageName}`;
    lines.push(`view     ${view.name}${stored}  ttl ${view.ttlSeconds === 0 ? "none" : `${view.ttlSeconds} s`}`);
    lines.push(`           ${view.features.join(", ")}`);
  }
  if (explained.precomputedService !== undefined) {
    lines.push(`vectors  precomputed, service ${explained.precomputedService}`);
  }
  explained.lookups.forEach((lookup, index) => {
    const key = lookup.key.map(({ joinKey, column, type }) =>
      joinKey === column ? `${joinKey} ${type}` : `${joinKey} ${type} from ${column}`,
    );
    lines.push(`lookup ${index + 1} by ${key.join(", ")}`);
    for (const keyHex of lookup.keysHex) lines.push(`  key      ${keyHex}`);
  });
  for (const words of explained.commands) lines.push(`command  ${words.join(" ")}`);
  lines.push(`answer   ${explained.answer.join(", ")}`);
  return lines.join("\n");
}
