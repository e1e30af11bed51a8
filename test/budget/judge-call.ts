/** Holds the answer of one call against what was written, and against what it says of itself. Pure. */

import { MOVING_ENTITIES, SETTLED_VERSION } from "../faults/versioned-data.ts";
import type { WriteLedger } from "../faults/write-ledger.ts";
import type { BudgetCall } from "./budget-call.ts";
import { VIEW } from "./row-kinds.ts";

export type LatePolicy = "error" | "stale" | "default" | "partial";

/** `ok` = every row as it was written, and nothing said; `refused` = DEADLINE_EXCEEDED; `wrong` = untrue, or unmarked; `lost` = no end. */
export type Outcome = "ok" | "degraded" | "refused" | "failed" | "wrong" | "lost";

export interface Verdict {
  readonly outcome: Outcome;
  /** What is wrong, in words, "" = nothing. */
  readonly problem: string;
}

export interface JudgeOptions {
  readonly policy: LatePolicy;
  readonly ledger: WriteLedger;
  /** How old a row may be of which nothing is said: what the cache may keep, or nothing. */
  readonly cacheMs: number;
}

/** Between the moments that two processes note of the same thing, on a machine that does much at once. */
const SLACK_MS = 25;
const MARK = /^([^=]+)=(\w+);reason=(\w+);rows=(\d+)(?:;age_ms=(\d+))?$/;
const firstMoving = MOVING_ENTITIES[0] as number;

export function judgeCall(call: BudgetCall, options: JudgeOptions): Verdict {
  if (call.endedMs === Number.POSITIVE_INFINITY) return { outcome: "lost", problem: "no answer" };
  if (call.code === "4") return { outcome: "refused", problem: "" };
  if (call.code !== "0") return { outcome: "failed", problem: `status ${call.code}` };
  const problem = untruthOf(call, options);
  if (problem !== "") return { outcome: "wrong", problem: `${problem} (marks: '${call.degraded}')` };
  return { outcome: call.degraded === "" ? "ok" : "degraded", problem };
}

function untruthOf(call: BudgetCall, options: JudgeOptions): string {
  const wrong = call.rows.find((row) => typeof row === "string" && row.startsWith("wrong"));
  if (wrong !== undefined) return String(wrong);
  if (call.rows.length !== call.entities.length) return `${call.rows.length} rows came`;
  const count = (kind: string): number => call.rows.filter((row) => row === kind).length;
  const kinds = { default: count("default"), partial: count("unset") };
  if (call.degraded === "") {
    if (kinds.default + kinds.partial > 0) return "a row that is not the stored one, and no mark";
    return ageProblem(call, options, options.cacheMs, false);
  }
  const mark = MARK.exec(call.degraded);
  if (mark === null) return "a mark that cannot be read, or more than one";
  const [, view, policy, reason, rows, age] = mark;
  if (view !== VIEW || policy !== options.policy || reason !== "deadline") return "a mark of something else";
  if (policy !== "stale") {
    const others = policy === "default" ? kinds.partial : kinds.default;
    const marked = policy === "default" ? kinds.default : kinds.partial;
    if (Number(rows) !== marked || others > 0) return `${marked} rows of the policy, ${others} of another`;
    return ageProblem(call, options, options.cacheMs, false);
  }
  if (kinds.default + kinds.partial > 0) return "stale, and rows of another policy";
  if (Number(rows) < 1 || Number(rows) > call.rows.length || age === undefined) return "rows or age cannot be";
  return ageProblem(call, options, Math.max(Number(age), options.cacheMs), call.rows.length === 1);
}

/** @param ageMs the rows were read at most so long before the answer @param isExact and not later either */
function ageProblem(call: BudgetCall, { ledger }: JudgeOptions, ageMs: number, isExact: boolean): string {
  for (const [row, version] of call.rows.entries()) {
    if (typeof version !== "number") continue;
    const entity = call.entities[row] as number;
    if (entity < firstMoving || entity >= firstMoving + MOVING_ENTITIES.length) {
      if (version !== SETTLED_VERSION) return `entity ${entity} has version ${version}, never written`;
      continue;
    }
    if (version > ledger.ceiling(entity)) return `entity ${entity} has version ${version}, never written`;
    const floor = ledger.floor(entity, call.sentMs - ageMs - SLACK_MS);
    if (version < floor) return `entity ${entity} has version ${version}; ${floor} is older than ${ageMs} ms`;
    const ackedMs = ledger.ackedAtMs(entity, version) ?? Number.NEGATIVE_INFINITY;
    if (isExact && ackedMs > call.endedMs - ageMs + SLACK_MS) return `version ${version} is younger than ${ageMs} ms`;
  }
  return "";
}
