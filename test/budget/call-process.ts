/**
 * Callers with deadlines, in an open loop and a process of their own: `call-process.ts PLAN` (a BudgetCallPlan as JSON), started with an
 * IPC channel. The sidecar and the echo are asked the same at the same times. The message `stop` ends it; outstanding calls are waited for.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type GrpcDriver, openGrpcDriver } from "../../bench/load/grpc-driver.ts";
import type { Header } from "../../bench/load/hpack-reader.ts";
import { grpcMessage } from "../../bench/load/http2-frames.ts";
import { startPacer } from "../../src/load/pacer.ts";
import { nowMs } from "../faults/clock.ts";
import { planOf, report, stopped } from "../faults/load-child.ts";
import { MOVING_ENTITIES, requestOf, SETTLED_ENTITIES } from "../faults/versioned-data.ts";
import type { BudgetCall, BudgetCallPlan } from "./budget-call.ts";
import { type RowKind, rowKinds } from "./row-kinds.ts";

const PATH = "/feast.serving.ServingService/GetOnlineFeatures";
const REPORT_MS = 50;
/** A call without any answer this long after its deadline is lost. */
const LOST_AFTER_MS = 1_000;
const LEAD_MS = 20;
const WARM_UP_BATCH = 5;
/** Rows that differ follow one another, so that two calls under way at a time never ask for the same one. */
const POOL = SETTLED_ENTITIES.length;

const questions = Array.from({ length: POOL }, (_, index) => {
  const settled = SETTLED_ENTITIES[index] as number;
  const moving = MOVING_ENTITIES[index % MOVING_ENTITIES.length] as number;
  return [[settled, moving], [moving], [settled]][index % 3] as number[];
});
const messages = questions.map((entities) => grpcMessage(requestOf(entities)));

interface Sent {
  readonly question: number;
  readonly dueMs: number;
  readonly sentMs: number;
  readonly stream: number;
  trailers: readonly Header[];
}

let ended: BudgetCall[] = [];

/** Calls with one deadline to one server. */
class Caller {
  readonly #server: BudgetCall["server"];
  readonly #deadlineMs: number;
  readonly #sent = new Map<number, Sent>();
  #driver: GrpcDriver | undefined;
  #calls = 0;

  constructor(server: BudgetCall["server"], deadlineMs: number) {
    this.#server = server;
    this.#deadlineMs = deadlineMs;
  }

  get outstanding(): number {
    return this.#sent.size;
  }

  async open(host: string, port: number): Promise<void> {
    this.#driver = await openGrpcDriver({
      ...{ host, port, messages, path: PATH },
      headers: [
        ["grpc-timeout", `${this.#deadlineMs}m`],
        ["feast-sidecar-debug", "1"],
      ],
      onTrailers: (slot, trailers) => {
        const sent = this.#sent.get(slot);
        if (sent !== undefined) sent.trailers = trailers;
      },
      onDone: (slot, problem, answer) => this.#done(slot, nowMs(), problem, answer),
    });
  }

  send(question: number, dueMs: number): void {
    const slot = this.#calls;
    this.#calls += 1;
    this.#driver?.send(slot, question, true);
    this.#driver?.flush();
    this.#sent.set(slot, { question, dueMs, sentMs: nowMs(), stream: 2 * slot + 1, trailers: [] });
  }

  giveUpLost(): void {
    const beforeMs = nowMs() - this.#deadlineMs - LOST_AFTER_MS;
    for (const [slot, { sentMs }] of this.#sent) {
      if (sentMs < beforeMs) this.#done(slot, Number.POSITIVE_INFINITY, "no answer", undefined);
    }
  }

  close(): void {
    this.#driver?.close();
  }

  #done(slot: number, endedMs: number, problem: string, answer: Buffer | undefined): void {
    const sent = this.#sent.get(slot);
    if (sent === undefined) return;
    this.#sent.delete(slot);
    const entities = questions[sent.question] as number[];
    const text = (wanted: string): string => sent.trailers.find(({ name }) => name === wanted)?.value ?? "";
    const isRead = this.#server === "sidecar" && problem === "" && answer !== undefined;
    ended.push({
      server: this.#server,
      deadlineMs: this.#deadlineMs,
      entities,
      dueMs: sent.dueMs,
      sentMs: sent.sentMs,
      endedMs,
      code: text("grpc-status") || problem,
      rows: isRead ? readRows(answer, entities) : [],
      degraded: text("feast-sidecar-degraded"),
      budget: text("feast-sidecar-budget"),
      clientPort: this.#driver?.localPort ?? 0,
      stream: sent.stream,
    });
  }
}

function readRows(answer: Buffer, entities: readonly number[]): RowKind[] {
  try {
    return rowKinds(answer, entities);
  } catch (error) {
    return [`wrong: unreadable, ${(error as Error).message}`];
  }
}

/** Every question to everybody, some at a time; what is answered does not count. */
async function warmUp(callers: readonly Caller[], rounds: number): Promise<void> {
  for (let call = 0; call < rounds * POOL; call += 1) {
    for (const caller of callers) caller.send(call % POOL, nowMs());
    if (call % WARM_UP_BATCH === 0) while (callers.some(({ outstanding }) => outstanding > 0)) await delay(1);
  }
  while (callers.some(({ outstanding }) => outstanding > 0)) await delay(1);
  ended = [];
}

async function run(plan: BudgetCallPlan): Promise<void> {
  const sidecar = plan.deadlinesMs.map((deadlineMs) => new Caller("sidecar", deadlineMs));
  const echo = plan.deadlinesMs.map((deadlineMs) => new Caller("echo", deadlineMs));
  const all = [...sidecar, ...echo];
  for (const caller of sidecar) await caller.open(plan.host, plan.port);
  for (const caller of echo) await caller.open(plan.host, plan.echoPort);
  await warmUp(all, plan.warmUpRounds);
  report({ kind: "ready" });
  const startMs = nowMs() + LEAD_MS;
  let sent = 0;
  let isOver = false;
  const pacer = startPacer(startMs * 1e6, plan.ratePerSecond, () => {
    const due = Math.floor(((nowMs() - startMs) / 1000) * plan.ratePerSecond) + 1;
    for (; !isOver && sent < due; sent += 1) {
      const dueMs = startMs + (sent / plan.ratePerSecond) * 1000;
      const turn = sent % plan.deadlinesMs.length;
      // Every deadline with every question: their numbers have no common divisor.
      const question = (sent + Math.floor(sent / POOL)) % POOL;
      for (const callers of [sidecar, echo]) callers[turn]?.send(question, dueMs);
    }
  });
  const reports = setInterval(() => {
    for (const caller of all) caller.giveUpLost();
    if (ended.length > 0) report({ kind: "calls", calls: ended });
    ended = [];
  }, REPORT_MS);
  await stopped;
  isOver = true;
  void pacer.stop();
  while (all.some(({ outstanding }) => outstanding > 0)) await delay(REPORT_MS);
  clearInterval(reports);
  report({ kind: "calls", calls: ended });
  for (const caller of all) caller.close();
  report({ kind: "done" });
}

await run(planOf());
