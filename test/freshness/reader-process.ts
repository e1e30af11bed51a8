/**
 * The readers, in a process of their own: `reader-process.ts PLAN` (a ReadPlan as JSON), started with an IPC channel. Calls leave some at a
 * time, so that several ask for the same row at once. The message `stop` ends it, after which outstanding calls are waited for.
 */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../faults/clock.ts";
import { planOf, report, stopped } from "../faults/load-child.ts";
import { type Call, type CallEnd, LoadClient } from "../faults/load-client.ts";
import { makeQuestions, type Question } from "./questions.ts";
import type { ReadPlan, ReadRecord } from "./read-record.ts";
import { type RowsRead, readRows } from "./read-rows.ts";

const POOL = 2_000;
const TICK_MS = 8;
const REPORT_MS = 50;
const DEADLINE_MS = 1_000;
/** A call without any answer so long after its deadline is lost. */
const LOST_AFTER_MS = 1_000;
const CONNECTIONS = 2;

class Readers {
  readonly #plan: ReadPlan;
  readonly #clients: readonly LoadClient[];
  readonly #questions: readonly Question[];
  readonly #outstanding = new Map<Call, number>();
  #ended: ReadRecord[] = [];
  #sent = 0;

  constructor(plan: ReadPlan) {
    this.#plan = plan;
    this.#clients = Array.from({ length: CONNECTIONS }, () => new LoadClient(plan.host, plan.port));
    this.#questions = makeQuestions(POOL, plan.seed);
  }

  /** Asks until `stopped` resolves, then waits for what is outstanding. */
  async run(): Promise<void> {
    let isOver = false;
    void stopped.then(() => {
      isOver = true;
    });
    const reports = setInterval(() => {
      this.#giveUpLost();
      this.#report();
    }, REPORT_MS);
    const startMs = nowMs();
    while (!isOver) {
      const due = Math.floor(((nowMs() - startMs) / 1000) * this.#plan.ratePerSecond);
      // After a stall of this process there is no burst.
      if (due - this.#sent > this.#plan.ratePerSecond / 10) this.#sent = due - 1;
      while (this.#sent < due) this.#send();
      await delay(TICK_MS);
    }
    while (this.#outstanding.size > 0) await delay(REPORT_MS);
    clearInterval(reports);
    this.#report();
    for (const client of this.#clients) client.close();
  }

  #send(): void {
    const question = this.#questions[this.#sent % POOL] as Question;
    const client = this.#clients[this.#sent % CONNECTIONS] as LoadClient;
    this.#sent += 1;
    // Its bytes leave in the next turn; a time before would make answers seem younger than they are.
    let sentMs = nowMs();
    setImmediate(() => {
      sentMs = nowMs();
    });
    const call = client.call(Buffer.from(question.request), DEADLINE_MS, (end) => {
      this.#outstanding.delete(call);
      this.#ended.push(recordOf(question, sentMs, end));
    });
    this.#outstanding.set(call, sentMs);
  }

  #giveUpLost(): void {
    const before = nowMs() - DEADLINE_MS - LOST_AFTER_MS;
    for (const [call, sentMs] of this.#outstanding) if (sentMs < before) call.giveUp();
  }

  #report(): void {
    if (this.#ended.length === 0) return;
    report({ kind: "calls", calls: this.#ended });
    this.#ended = [];
  }
}

function recordOf(question: Question, sentMs: number, { code, message, degraded }: CallEnd): ReadRecord {
  const endedMs = nowMs();
  let rows: RowsRead = { states: [], wrong: "" };
  try {
    if (message !== undefined) rows = readRows(message, question);
  } catch {
    return { sentMs, endedMs, code: "BROKEN", ...rows, degraded };
  }
  return { sentMs, endedMs, code, ...rows, degraded };
}

const readers = new Readers(planOf());
report({ kind: "ready" });
await readers.run();
report({ kind: "done" });
