/** `explain`: how a question would be answered, without asking the store: views, keys in hex, the commands that would be sent. */
import { parseArgs } from "node:util";
import { type ExplainedRequest, explainRequest } from "../debug/explain-request.ts";
import { ServeError } from "../model/serve-error.ts";
import { askDebug } from "./ask-debug.ts";
import { ExitCode } from "./exit-code.ts";
import {
  type FeatureQuestion,
  parseQuestion,
  QUESTION_OPTIONS,
  questionRequest,
  requestBody,
} from "./feature-question.ts";
import { withCore } from "./offline-core.ts";
import { REPOSITORY_OPTIONS } from "./repository-settings.ts";
import { parsed, UsageError } from "./usage-error.ts";

export const EXPLAIN_USAGE = `explain --features view:feature,… | --service NAME  key=value[,value…] …
      [--chdir DIR | --debug-address ADDR [--token-file FILE]] [--full] [--json]
    Prints the plan: views, join keys, store keys in hex, the commands that would be sent. --debug-address asks a running sidecar.`;

/** @returns exit code 0, or 1 when the question would be refused */
export async function explainCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...QUESTION_OPTIONS,
        chdir: REPOSITORY_OPTIONS.chdir,
        json: { type: "boolean" },
        "debug-address": { type: "string" },
        "token-file": { type: "string" },
      },
    }),
  );
  const { "debug-address": address, "token-file": tokenFile } = values;
  if (address !== undefined && values.chdir !== undefined) {
    throw new UsageError("--debug-address asks a running sidecar and --chdir the repository: give one of them");
  }
  if (address === undefined && tokenFile !== undefined) throw new UsageError("--token-file goes with --debug-address");
  const question = parseQuestion(values, positionals);
  const print = (explained: ExplainedRequest): number => {
    process.stdout.write(`${values.json === true ? JSON.stringify(explained) : render(explained)}\n`);
    return ExitCode.OK;
  };
  if (address === undefined) return explainHere(values.chdir ?? ".", question, print);
  const answer = await askDebug(address, tokenFile, "/explain", requestBody(question));
  if (answer.ok) return print(answer.body as ExplainedRequest);
  process.stderr.write(`feast-sidecar: ${address}: ${answer.why}\n`);
  return ExitCode.FAILED;
}

function explainHere(
  chdir: string,
  question: FeatureQuestion,
  print: (explained: ExplainedRequest) => number,
): Promise<number> {
  return withCore(chdir, async (core, { project }) => {
    try {
      return print(explainRequest(core, project, questionRequest(question)));
    } catch (error) {
      if (!(error instanceof ServeError)) throw error;
      process.stderr.write(`feast-sidecar: ${error.code}: ${error.message}\n`);
      return ExitCode.FAILED;
    }
  });
}

function render(explained: ExplainedRequest): string {
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
