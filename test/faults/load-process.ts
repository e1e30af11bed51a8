/**
 * Open-loop load in a process of its own: `load-process.ts PLAN` (a LoadPlan as JSON), started with an IPC channel. Reads each answer,
 * judges what needs no ledger, and reports calls as they end; the message `stop` ends the load, after which outstanding calls are waited for.
 */
import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "../../bench/load/random.ts";
import { startPacer } from "../../src/load/pacer.ts";
import type { CallRecord, LoadPlan } from "./call-record.ts";
import { nowMs } from "./clock.ts";
import { planOf, report, stopped } from "./load-child.ts";
import { type Call, type CallEnd, LoadClient } from "./load-client.ts";
import { MOVING_ENTITIES, readAnswer, requestOf, SETTLED_ENTITIES, SETTLED_VERSION } from "./versioned-data.ts";

const POOL = 1_000;
const REPORT_MS = 50;
/** A call without any answer this long after its deadline is lost. */
const LOST_AFTER_MS = 1_000;
const LEAD_MS = 20;
const firstMoving = MOVING_ENTITIES[0] as number;

interface Question {
  readonly entities: readonly number[];
  readonly request: Buffer;
}

/** Most calls ask for one settled and one moving row, every fifth for ten. */
function makeQuestions(seed: number): Question[] {
  const random = createRandom(seed);
  const pick = (from: readonly number[], count: number): number[] => {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(from[Math.floor(random() * from.length)] as number);
    return [...chosen];
  };
  return Array.from({ length: POOL }, (_, index) => {
    const [settled, moving] = index % 5 === 4 ? [8, 2] : [1, 1];
    const entities = [...pick(SETTLED_ENTITIES, settled), ...pick(MOVING_ENTITIES, moving)];
    return { entities, request: requestOf(entities) };
  });
}

class Load {
  readonly #plan: LoadPlan;
  readonly #client: LoadClient;
  readonly #questions: readonly Question[];
  readonly #outstanding = new Map<Call, number>();
  #ended: CallRecord[] = [];
  #sent = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#client = new LoadClient(plan.host, plan.port);
    this.#questions = makeQuestions(plan.seed);
  }

  /** Sends by the schedule until `stopped` resolves, then waits for what is outstanding. */
  async run(): Promise<void> {
    const { ratePerSecond } = this.#plan;
    const startMs = nowMs() + LEAD_MS;
    let isOver = false;
    const pacer = startPacer(startMs * 1e6, ratePerSecond, () => {
      const due = Math.floor(((nowMs() - startMs) / 1000) * ratePerSecond) + 1;
      while (!isOver && this.#sent < due) this.#send(startMs + (this.#sent / ratePerSecond) * 1000);
    });
    const reports = setInterval(() => {
      this.#giveUpLost();
      this.#report();
    }, REPORT_MS);
    await stopped;
    isOver = true;
    void pacer.stop();
    while (this.#outstanding.size > 0) await delay(REPORT_MS);
    clearInterval(reports);
    this.#report();
    this.#client.close();
  }

  #send(dueMs: number): void {
    const question = this.#questions[this.#sent % POOL] as Question;
    this.#sent += 1;
    const sentMs = nowMs();
    const call = this.#client.call(question.request, this.#plan.deadlineMs, (end) => {
      this.#outstanding.delete(call);
      this.#ended.push(judge(question, dueMs, sentMs, end));
    });
    this.#outstanding.set(call, sentMs);
  }

  #giveUpLost(): void {
    const before = nowMs() - this.#plan.deadlineMs - LOST_AFTER_MS;
    for (const [call, sentMs] of this.#outstanding) if (sentMs < before) call.giveUp();
  }

  #report(): void {
    if (this.#ended.length === 0) return;
    report({ kind: "calls", calls: this.#ended });
    this.#ended = [];
  }
}

function judge({ entities }: Question, dueMs: number, sentMs: number, end: CallEnd): CallRecord {
  const endedMs = end.code === "LOST" ? Number.POSITIVE_INFINITY : nowMs();
  const versions: number[] = [];
  let code = end.code;
  let wrong = "";
  let nullEntity = -1;
  try {
    const verdicts = end.message === undefined ? [] : readAnswer(end.message, entities);
    for (const [row, verdict] of verdicts.entries()) {
      const entity = entities[row] as number;
      if (verdict === "null") nullEntity = nullEntity < 0 ? entity : nullEntity;
      else if (typeof verdict === "string") wrong ||= verdict;
      else if (entity >= firstMoving && entity < firstMoving + MOVING_ENTITIES.length) versions.push(entity, verdict);
      else if (verdict !== SETTLED_VERSION) wrong ||= `wrong: entity ${entity} has version ${verdict}`;
    }
  } catch {
    code = "BROKEN";
  }
  return { dueMs, sentMs, endedMs, code, wrong, nullEntity, versions, rows: entities.length, degraded: end.degraded };
}

const load = new Load(planOf());
report({ kind: "ready" });
await load.run();
report({ kind: "done" });
