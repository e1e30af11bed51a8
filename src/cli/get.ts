/** `get`: asks a running sidecar (or any Feast feature server), or with --chdir the store directly, and prints the answer. */
import type { IncomingHttpHeaders } from "node:http";
import { parseArgs } from "node:util";
import { DEGRADED_KEY, formatDegradations } from "../model/degradation.ts";
import type { CallContext } from "../model/request.ts";
import { ServeError } from "../model/serve-error.ts";
import { parseJson } from "../transport/http1/parse-json.ts";
import { renderAnswer } from "./answer-table.ts";
import { ExitCode } from "./exit-code.ts";
import {
  type FeatureQuestion,
  parseQuestion,
  QUESTION_OPTIONS,
  questionRequest,
  requestBody,
} from "./feature-question.ts";
import { withCore } from "./offline-core.ts";
import { postJson } from "./post-json.ts";
import { REPOSITORY_OPTIONS } from "./repository-settings.ts";
import { readCa, serverAddress } from "./server-address.ts";
import { parsed, UsageError } from "./usage-error.ts";

export const GET_USAGE = `get --features view:feature,… | --service NAME  key=value[,value…] …
      [--address HOST:PORT [--tls-ca FILE] | --chdir DIR] [--full] [--json] [--timeout-ms N]
    Prints the answer as a table. Several values of a key are several rows; key='["a,b"]' for values with commas.
    An answer that is marked as degraded is printed all the same; a line on stderr says which views are, and why.`;

const DEFAULT_ADDRESS = "127.0.0.1:6566";
const DEFAULT_TIMEOUT_MS = 5000;

/** @returns exit code 0, or 1 when the question was refused or could not be answered */
export async function getCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...QUESTION_OPTIONS,
        chdir: REPOSITORY_OPTIONS.chdir,
        address: { type: "string" },
        json: { type: "boolean" },
        "timeout-ms": { type: "string" },
        "tls-ca": { type: "string" },
      },
    }),
  );
  if (values.address !== undefined && values.chdir !== undefined) {
    throw new UsageError("--address asks a server and --chdir the store: give one of them");
  }
  const question = parseQuestion(values, positionals);
  const timeoutMs = parseTimeout(values["timeout-ms"]);
  const answer =
    values.chdir === undefined
      ? await askServer(values.address ?? DEFAULT_ADDRESS, question, timeoutMs, values["tls-ca"])
      : await askStore(values.chdir, question, timeoutMs);
  if (typeof answer === "number") return answer;
  if (answer.refused) {
    process.stderr.write(`feast-sidecar: ${answer.text}\n`);
    return ExitCode.FAILED;
  }
  if (answer.degraded !== "") process.stderr.write(`degraded: ${answer.degraded}\n`);
  process.stdout.write(`${values.json === true ? answer.text : renderAnswer(parseJson(answer.text))}\n`);
  return ExitCode.OK;
}

/** JSON text of an answer, or the sentence of a refusal. */
interface Answer {
  readonly refused: boolean;
  readonly text: string;
  /** The marks on it, "" = none. */
  readonly degraded: string;
}

function parseTimeout(text: string | undefined): number {
  const timeoutMs = text === undefined ? DEFAULT_TIMEOUT_MS : Number(text);
  if (Number.isInteger(timeoutMs) && timeoutMs > 0) return timeoutMs;
  throw new UsageError(`--timeout-ms '${text}': expected a whole number of milliseconds above 0`);
}

async function askServer(
  address: string,
  question: FeatureQuestion,
  timeoutMs: number,
  caFile: string | undefined,
): Promise<Answer> {
  const target = serverAddress(address);
  const ca = caFile === undefined ? undefined : readCa(caFile);
  const refusal = (why: string): Answer => ({ refused: true, text: `${address}: ${why}`, degraded: "" });
  try {
    const { status, headers, text } = await postJson({
      address: target,
      path: "/get-online-features",
      body: requestBody(question),
      ca,
      timeoutMs,
    });
    if (status === 200) return { refused: false, text, degraded: marksOf(headers) };
    return refusal(`${status} ${sentenceOf(text)}`);
  } catch (error) {
    return refusal((error as Error).message);
  }
}

/** Whatever the server is: nothing in it that a terminal would take for a command. */
function marksOf(headers: IncomingHttpHeaders): string {
  return String(headers[DEGRADED_KEY] ?? "").replace(/[^ -~]/g, "?");
}

/** Feast wraps its own errors twice: a JSON string that holds a JSON document. */
function sentenceOf(body: string): string {
  try {
    const outer: unknown = JSON.parse(body);
    if (typeof outer !== "string") return body;
    const inner: unknown = outer.startsWith("{") ? JSON.parse(outer) : outer;
    return typeof inner === "string" ? inner : String((inner as { message?: unknown }).message ?? outer);
  } catch {
    return body;
  }
}

async function askStore(chdir: string, question: FeatureQuestion, timeoutMs: number): Promise<Answer | number> {
  return withCore(chdir, async (core) => {
    await storeReached(core.store, timeoutMs);
    try {
      const startMs = performance.now();
      // A person waits: the slice of a prediction is nothing to go by.
      const call: CallContext = { startMs, deadlineMs: startMs + timeoutMs, cancelled: false, priority: "batch" };
      const bytes = await core.serve(questionRequest(question), call);
      const degraded = formatDegradations(call.degraded ?? []);
      return { refused: false, text: Buffer.from(bytes).toString("utf8"), degraded };
    } catch (error) {
      if (!(error instanceof ServeError)) throw error;
      return { refused: true, text: error.message, degraded: "" };
    }
  });
}

/** A store that is asked before its first connect is over would only say so. */
async function storeReached(store: { state(): string }, timeoutMs: number): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (store.state() === "connecting" && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
