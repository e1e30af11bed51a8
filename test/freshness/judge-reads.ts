/** Holds every row that was read against what the nodes had, and when. */
import { ABSENT, ENTITIES, VIEWS } from "./hot-data.ts";
import type { ReadRecord } from "./read-record.ts";
import type { TimeSpan, Truth } from "./truth.ts";

/** How old a row may be when its read leaves: milliseconds since the last node that had it had something else. */
export interface FreshnessBound {
  readonly rowMs: number;
  /** Of a row that does not exist. */
  readonly absentMs: number;
}

/** While something is away, a bound of its own holds. */
export interface FaultWindow extends TimeSpan {
  readonly boundMs: number;
}

export interface JudgeOptions {
  readonly truth: Truth;
  /**
   * A bound is longer by what the machine held calls up meanwhile: news from Redis waited as long as they did. Not where the sidecar's
   * own clock is all that a bound is about.
   */
  readonly isHeldUpExcused: boolean;
  /** By view. */
  readonly bounds: readonly FreshnessBound[];
  readonly windows: readonly FaultWindow[];
  /** How far any row may be behind the node that is written to, outside of the windows; a row marked as stale may be further. */
  readonly behindWriteMs: number;
}

/**
 * `mixed`: cells of two writes, or of another row. `null`: a row that exists is said not to. `older`: than its bound allows.
 * `unwritten`: of a write that no node had. `failed`: no answer.
 */
export type Problem = "mixed" | "null" | "older" | "unwritten" | "failed";

/** A row that was read. */
export interface JudgedRow {
  readonly sentMs: number;
  readonly row: number;
  /** 0 = a node had it when the read left, or later. */
  readonly staleMs: number;
  /** Behind the node that was written to. */
  readonly behindWriteMs: number;
  /** The change that a stale row had not heard of yet, or else the last one: when it was on the last node to have it. */
  readonly changeMs: number;
  /** In a window, or marked as stale: it does not count among the figures. */
  readonly isExcused: boolean;
}

export interface Finding {
  readonly sentMs: number;
  readonly problem: Problem;
  readonly words: string;
}

export interface Judgement {
  readonly rows: readonly JudgedRow[];
  readonly findings: readonly Finding[];
}

export function judgeReads(reads: readonly ReadRecord[], options: JudgeOptions): Judgement {
  const judge = new Judge(reads, options);
  for (const read of reads) judge.read(read);
  return judge;
}

/** More are not looked at one by one: the run has failed. */
const MOST_LOOKED_AT = 1_000;

class Judge implements Judgement {
  readonly rows: JudgedRow[] = [];
  readonly findings: Finding[] = [];
  readonly #reads: readonly ReadRecord[];
  readonly #options: JudgeOptions;

  constructor(reads: readonly ReadRecord[], options: JudgeOptions) {
    this.#reads = reads;
    this.#options = options;
  }

  read(read: ReadRecord): void {
    const { sentMs, code, wrong, states } = read;
    if (code !== "OK") this.findings.push({ sentMs, problem: "failed", words: code });
    if (wrong !== "") this.findings.push({ sentMs, problem: "mixed", words: wrong });
    for (let at = 0; at < states.length; at += 2) this.#row(read, states[at] as number, states[at + 1] as number);
  }

  #row(read: ReadRecord, row: number, state: number): void {
    const { truth, windows } = this.#options;
    const { sentMs } = read;
    const hadMs = truth.lastHadMs(row, state, read.endedMs);
    if (hadMs === Number.NEGATIVE_INFINITY) {
      this.#find(read, row, state, state === ABSENT ? "null" : "unwritten", "no node had that before");
      return;
    }
    const window = windows.find(({ fromMs, toMs }) => sentMs >= fromMs && sentMs < toMs);
    const judged = {
      sentMs,
      row,
      staleMs: Math.max(0, sentMs - hadMs),
      behindWriteMs: state === ABSENT ? 0 : Math.max(0, sentMs - truth.replacedMs(row, state)),
      changeMs: sentMs > hadMs ? hadMs : truth.lastChangeMs(row, sentMs),
      isExcused: window !== undefined || read.degraded !== "",
    };
    this.rows.push(judged);
    if (read.degraded === "") this.#bounds(read, state, judged, window);
  }

  #bounds(read: ReadRecord, state: number, judged: JudgedRow, window: FaultWindow | undefined): void {
    const { bounds, behindWriteMs: mostBehindMs } = this.#options;
    const { sentMs, row, staleMs, behindWriteMs } = judged;
    const bound = bounds[row % VIEWS] as FreshnessBound;
    const boundMs = Math.max(state === ABSENT ? bound.absentMs : bound.rowMs, window?.boundMs ?? 0);
    if (staleMs > boundMs && staleMs > boundMs + this.#heldUpMs(sentMs - staleMs, read.endedMs)) {
      const problem = state === ABSENT ? "null" : "older";
      this.#find(read, row, state, problem, `no node had that for ${Math.round(staleMs)} ms`);
    } else if (
      window === undefined &&
      behindWriteMs > mostBehindMs &&
      behindWriteMs > mostBehindMs + this.#heldUpMs(sentMs - behindWriteMs, read.endedMs)
    ) {
      this.#find(read, row, state, "older", `it was written over ${Math.round(behindWriteMs)} ms before`);
    }
  }

  /** The longest that any call took meanwhile. */
  #heldUpMs(fromMs: number, toMs: number): number {
    if (!this.#options.isHeldUpExcused || this.findings.length > MOST_LOOKED_AT) return 0;
    let longestMs = 0;
    for (const { sentMs, endedMs } of this.#reads) {
      if (sentMs <= toMs && endedMs >= fromMs) longestMs = Math.max(longestMs, endedMs - sentMs);
    }
    return longestMs;
  }

  #find({ sentMs, degraded }: ReadRecord, row: number, state: number, problem: Problem, words: string): void {
    const what = state === ABSENT ? "absent" : `write ${state}`;
    const marked = degraded === "" ? "" : `, ${degraded}`;
    this.findings.push({ sentMs, problem, words: `${rowName(row)} is ${what}: ${words}${marked}` });
  }
}

function rowName(row: number): string {
  return `view ${row % VIEWS} of entity ${ENTITIES[Math.floor(row / VIEWS)]}`;
}
