/**
 * Where the time of one call went. Hops follow one another and share their boundaries, so that they add up: what is not in one is in the
 * next. Whole microseconds, so that a hop is a small integer and costs no memory of its own.
 */

/** Metadata key and HTTP header with the hops of an answer, up to the sealing of its bytes. */
export const BUDGET_KEY = "feast-sidecar-budget";

/**
 * `loop` = from the moment that this turn of the event loop began to deal with what had come: of the request until it was looked at, and of
 * its rows until they were; `plan` = decoding and planning; `wait` = for a read that another call began; `write` = from the sealed answer
 * to the return of the write that took it.
 */
export const HOPS = ["loop", "admission", "plan", "cache", "wait", "redis", "assemble", "write"] as const;

/** Index into {@link Ledger.us}. */
export const Hop = { LOOP: 0, ADMISSION: 1, PLAN: 2, CACHE: 3, WAIT: 4, REDIS: 5, ASSEMBLE: 6, WRITE: 7 } as const;

export class Ledger {
  /** First byte read, or rather: when the loop was told that it is there. Monotonic milliseconds. */
  readonly startMs: number;
  /** By {@link Hop}. */
  readonly us: number[] = [0, 0, 0, 0, 0, 0, 0, 0];
  /** Of the hop `loop`, the part that came after the read. */
  loopBackUs = 0;
  /** The hop that the call is in: whose time it is when it ends without an answer. */
  underWay: number = Hop.LOOP;
  /** Entity rows and features asked for; 0 = it did not come so far. */
  rows = 0;
  features = 0;
  /** By when the call was to be answered, monotonic milliseconds; Infinity = whenever, or it did not come so far. */
  byMs = Number.POSITIVE_INFINITY;
  /** The call's duration as the metrics have it, whole microseconds; 0 = not counted yet. */
  countedUs = 0;
  /** 32 hex digits when the call is kept as a trace, else "". */
  traceId = "";
  #atUs = 0;

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  /** Ends a hop that has lasted since the last one ended; one may come several times. @param nowMs not before the last boundary */
  end(hop: number, nowMs: number): void {
    const atUs = this.totalUs(nowMs);
    this.underWay = Math.min(hop + 1, Hop.WRITE);
    if (atUs <= this.#atUs) return;
    this.us[hop]! += atUs - this.#atUs;
    this.#atUs = atUs;
  }

  /** It is over. @param isAnswered false: it was refused, or its caller left, and the hop that it was in had the time */
  finish(isAnswered: boolean, nowMs: number): void {
    this.end(isAnswered ? Hop.WRITE : this.underWay, nowMs);
  }

  /** Ends the time that rows which have come waited until they were looked at. */
  endLoopBack(nowMs: number): void {
    const before = this.us[Hop.LOOP]!;
    this.end(Hop.LOOP, nowMs);
    this.loopBackUs += this.us[Hop.LOOP]! - before;
    this.underWay = Hop.ASSEMBLE;
  }

  /** From the first byte to that moment, whole microseconds. */
  totalUs(nowMs: number): number {
    return Math.round((nowMs - this.startMs) * 1000);
  }

  /** By name, for whoever tells of the call; `other` = what is in none. @param totalUs of the whole call */
  hopsUs(totalUs: number): Record<string, number> {
    return { ...Object.fromEntries(HOPS.map((hop, index) => [hop, this.us[index]!])), other: totalUs - this.#atUs };
  }

  /** Of all hops so far. */
  get sumUs(): number {
    return this.#atUs;
  }
}

/** The text for {@link BUDGET_KEY}. @param leftUs until the answer was due; negative = it is late */
export function formatBudget(ledger: Ledger, leftUs: number): string {
  let text = "";
  for (let hop = 0; hop < Hop.WRITE; hop += 1) text += `${HOPS[hop]}=${ledger.us[hop]},`;
  return `${text}sum=${ledger.sumUs},left=${Math.round(leftUs)}`;
}
