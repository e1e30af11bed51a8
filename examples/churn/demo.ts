/**
 * `make demo`: serves this folder and asks as a churn model's service would. Exit code 0 only if every answer is the
 * expected one and the server stopped cleanly.
 */

import { grpcAsker } from "./ask-grpc.ts";
import { askHttp } from "./ask-http.ts";
import { type Answer, type Cell, differences, expectedAnswer } from "./expected.ts";
import { type RunningSidecar, startSidecar } from "./start-sidecar.ts";

/** The second joined this month and has no total yet; nobody has the third id. */
const CUSTOMERS = ["7590-VHVEG", "2746-JUNDQ", "0000-NOONE"];
const REFS = [
  "customer_profile:tenure_months",
  "customer_profile:contract",
  "customer_billing:monthly_charges",
  "customer_billing:total_charges",
];
const FURTHER_CALLS = 200;

/** Answers and times of one kind of question. */
interface Asked {
  readonly first: Answer;
  readonly firstMs: number;
  readonly medianMs: number;
  readonly problems: readonly string[];
}

async function askManyTimes(ask: () => Promise<Answer>, expected: Answer): Promise<Asked> {
  const problems = new Set<string>();
  const timesMs: number[] = [];
  let first: Answer | undefined;
  for (let call = 0; call <= FURTHER_CALLS; call++) {
    const startMs = performance.now();
    const answer = await ask();
    timesMs.push(performance.now() - startMs);
    first ??= answer;
    for (const problem of differences(answer, expected)) problems.add(problem);
  }
  const [firstMs = Number.NaN, ...further] = timesMs;
  further.sort((a, b) => a - b);
  return {
    first: first ?? new Map(),
    firstMs,
    medianMs: further[Math.floor(further.length / 2)] ?? Number.NaN,
    problems: [...problems],
  };
}

function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return "(missing)";
  if (cell.status !== "PRESENT") return cell.status.toLowerCase().replaceAll("_", " ");
  return cell.value === null ? "null" : String(cell.value);
}

/** One line for each feature, one column for each customer. */
function table(answer: Answer): string {
  const lines = [["", ...CUSTOMERS]];
  for (const [feature, cells] of answer) lines.push([feature, ...CUSTOMERS.map((_, row) => cellText(cells[row]))]);
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines.map((line) => `  ${line.map((text, i) => text.padEnd(widths[i] ?? 0)).join("  ")}`.trimEnd()).join("\n");
}

function report(title: string, asked: Asked): void {
  const times = `first ${asked.firstMs.toFixed(1)} ms with connecting, median of ${FURTHER_CALLS} more ${asked.medianMs.toFixed(2)} ms`;
  process.stdout.write(`${title}\n${table(asked.first)}\n  ${times}\n\n`);
}

async function askAll(sidecar: RunningSidecar): Promise<readonly string[]> {
  const grpc = grpcAsker(sidecar.address);
  const overGrpc = await askManyTimes(() => grpc.ask("churn_v1", CUSTOMERS), expectedAnswer(CUSTOMERS)).finally(
    grpc.close,
  );
  report("gRPC: feast.serving.ServingService/GetOnlineFeatures, feature service churn_v1", overGrpc);

  const names = REFS.map((ref) => ref.slice(ref.indexOf(":") + 1));
  const overHttp = await askManyTimes(
    () => askHttp(sidecar.address, REFS, CUSTOMERS),
    expectedAnswer(CUSTOMERS, names),
  );
  report(`HTTP: POST /get-online-features, ${REFS.join(" ")}`, overHttp);
  return [...overGrpc.problems, ...overHttp.problems];
}

/** @returns what is not as expected. @throws Error when the server does not start, answer or stop as it should */
async function demo(): Promise<readonly string[]> {
  const startMs = performance.now();
  const sidecar = await startSidecar();
  const readyMs = Math.round(performance.now() - startMs);
  process.stdout.write(`feast-sidecar serves examples/churn on ${sidecar.address}, ready after ${readyMs} ms\n\n`);
  let problems: readonly string[];
  try {
    problems = await askAll(sidecar);
  } catch (error) {
    await sidecar.stop().catch(() => undefined);
    throw error;
  }
  await sidecar.stop();
  return problems;
}

try {
  const problems = await demo();
  if (problems.length === 0) {
    process.stdout.write(`All ${2 * (FURTHER_CALLS + 1)} answers are as expected, and the server stopped cleanly.\n`);
  } else {
    const some = problems.slice(0, 10).join("\n");
    process.stderr.write(`${problems.length} features are not answered as expected, the first:\n${some}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`The demo failed: ${(error as Error).message.trimEnd()}\n`);
  process.exitCode = 1;
}
