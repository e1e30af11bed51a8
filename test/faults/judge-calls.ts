/** Holds each call against the ledger. A wrong, null or older value fails a call as an error does. */
import type { CallRecord } from "./call-record.ts";
import type { WriteLedger } from "./write-ledger.ts";

/** `late` = answered well, or with DEADLINE_EXCEEDED, but after the deadline; `lost` = no answer at all. */
export type Outcome = "ok" | "wrong" | "null" | "older" | "error" | "deadline" | "late" | "lost";

export interface JudgedCall {
  readonly dueMs: number;
  readonly latencyMs: number;
  readonly outcome: Outcome;
  readonly code: string;
  readonly isLate: boolean;
  readonly rows: number;
  readonly isDegraded: boolean;
  /** What was wrong, in words, "" = nothing. */
  readonly problem: string;
}

export interface JudgeOptions {
  readonly ledger: WriteLedger;
  readonly deadlineMs: number;
  /** How old a value may be: an answer knows every write acknowledged this long before its call left. */
  readonly boundMs: number;
}

/** Two processes, two timers and the scheduler of a busy machine lie between the deadline and the moment at which the client sees the answer. */
const LATE_SLACK_MS = 20;

/** @returns the calls in the order in which they were due */
export function judgeCalls(calls: readonly CallRecord[], options: JudgeOptions): JudgedCall[] {
  return calls.map((call) => judgeCall(call, options)).sort((a, b) => a.dueMs - b.dueMs);
}

function judgeCall(call: CallRecord, options: JudgeOptions): JudgedCall {
  const isLate = call.endedMs - call.sentMs > options.deadlineMs + LATE_SLACK_MS;
  const [outcome, problem] = outcomeOf(call, options, isLate);
  return {
    dueMs: call.dueMs,
    latencyMs: call.endedMs - call.dueMs,
    outcome,
    code: call.code,
    isLate,
    rows: call.rows,
    isDegraded: call.degraded !== "",
    problem,
  };
}

function outcomeOf(call: CallRecord, { ledger, boundMs }: JudgeOptions, isLate: boolean): [Outcome, string] {
  if (call.code === "LOST") return ["lost", "no answer"];
  if (call.code === "DEADLINE_EXCEEDED") return ["deadline", call.code];
  if (call.code !== "OK") return ["error", call.code];
  if (call.wrong !== "") return ["wrong", call.wrong];
  if (call.nullEntity >= 0) return ["null", `entity ${call.nullEntity} has no value`];
  for (let at = 0; at < call.versions.length; at += 2) {
    const entity = call.versions[at] as number;
    const version = call.versions[at + 1] as number;
    if (version > ledger.ceiling(entity)) return ["wrong", `entity ${entity} has version ${version}, never written`];
    const floor = ledger.floor(entity, call.sentMs - boundMs);
    if (version >= floor) continue;
    const ageMs = Math.round(call.sentMs - (ledger.ackedAtMs(entity, floor) ?? 0));
    const marked = call.degraded === "" ? "" : `, marked ${call.degraded}`;
    return ["older", `entity ${entity} has version ${version}, ${floor} was acknowledged ${ageMs} ms before${marked}`];
  }
  return isLate ? ["late", `${Math.round(call.endedMs - call.sentMs)} ms`] : ["ok", ""];
}
