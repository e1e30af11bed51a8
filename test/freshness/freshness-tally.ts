/** The figures of one scenario, over as many rounds as there were: how old what was read was, how much came from the cache, what was wrong. */
import type { CacheCounts } from "./cache-counts.ts";
import type { FreshRun } from "./fresh-world.ts";
import type { Finding, JudgedRow, Problem } from "./judge-reads.ts";

/** A read so soon after a change of its row could have been old. */
const RISK_MS = 100;
/** Of a change that somebody looked at so soon it is known how long the old row was shown. */
const LOOKED_AT_MS = 20;
const FINDINGS_KEPT = 20;

/** Milliseconds of the same kind. */
export class Ages {
  readonly #values: number[] = [];

  add(ageMs: number): void {
    this.#values.push(ageMs);
  }

  get count(): number {
    return this.#values.length;
  }

  /** @param share in (0, 1]; 1 = the highest @returns NaN without any */
  percentileMs(share: number): number {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  }
}

/** What was read in one kind of episode, without what is excused. */
export class EpisodeTally {
  rows = 0;
  /** How old rows were that were read soon after they changed. */
  readonly reads = new Ages();
  /** For each change that was looked at soon: how old the oldest answer was that did not know it. */
  readonly changes = new Ages();
  mostBehindWriteMs = 0;
  /** In a window of its own bound, or marked as stale by the sidecar. */
  excused = 0;
  mostExcusedMs = 0;

  add(rows: readonly JudgedRow[]): void {
    const byChange = new Map<string, { ageMs: number; isLookedAt: boolean }>();
    for (const { sentMs, row, staleMs, behindWriteMs, changeMs, isExcused } of rows) {
      if (isExcused) {
        this.excused += 1;
        this.mostExcusedMs = Math.max(this.mostExcusedMs, staleMs, behindWriteMs);
        continue;
      }
      this.rows += 1;
      this.mostBehindWriteMs = Math.max(this.mostBehindWriteMs, behindWriteMs);
      if (staleMs === 0 && sentMs - changeMs > RISK_MS) continue;
      this.reads.add(staleMs);
      const name = `${row} ${changeMs}`;
      const change = byChange.get(name) ?? { ageMs: 0, isLookedAt: false };
      change.ageMs = Math.max(change.ageMs, staleMs);
      change.isLookedAt ||= sentMs - changeMs <= LOOKED_AT_MS;
      byChange.set(name, change);
    }
    for (const { ageMs, isLookedAt } of byChange.values()) if (isLookedAt || ageMs > 0) this.changes.add(ageMs);
  }
}

export class FreshnessTally {
  rounds = 0;
  calls = 0;
  writes = 0;
  clockErrorMs = 0;
  readonly commands = new Map<string, number>();
  readonly problems: Record<Problem, number> = { mixed: 0, null: 0, older: 0, unwritten: 0, failed: 0 };
  /** The first of each row and state. */
  readonly findings: string[] = [];
  readonly #found = new Set<string>();
  /** In the order in which they first came. */
  readonly episodes = new Map<string, EpisodeTally>();
  #cache: CacheCounts | undefined;

  add(run: FreshRun): void {
    const { reads, judgement, episodes, cache } = run;
    this.rounds += 1;
    this.calls += reads.length;
    this.writes += run.writes;
    this.clockErrorMs = Math.max(this.clockErrorMs, run.clockErrorMs);
    for (const [name, count] of run.commands) this.commands.set(name, (this.commands.get(name) ?? 0) + count);
    for (const { name, fromMs, toMs } of episodes) {
      const tally = this.episodes.get(name) ?? new EpisodeTally();
      this.episodes.set(name, tally);
      tally.add(judgement.rows.filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs));
    }
    for (const finding of judgement.findings) this.#find(finding, run);
    const names = Object.keys(cache) as (keyof CacheCounts)[];
    this.#cache = Object.fromEntries(
      names.map((name) => [name, cache[name] + (this.#cache?.[name] ?? 0)]),
    ) as CacheCounts;
  }

  get cache(): CacheCounts {
    if (this.#cache === undefined) throw new Error("no round was run");
    return this.#cache;
  }

  /** Of the rows that were asked for. */
  get hitShare(): number {
    const { hits, misses } = this.cache;
    return hits / (hits + misses);
  }

  /** Mixed, null, too old or never written; calls that failed are no wrong rows. */
  get wrongRows(): number {
    const { mixed, null: nulls, older, unwritten } = this.problems;
    return mixed + nulls + older + unwritten;
  }

  #find({ sentMs, problem, words }: Finding, { episodes }: FreshRun): void {
    this.problems[problem] += 1;
    const what = words.split(":")[0] ?? "";
    if (problem === "failed" || this.findings.length >= FINDINGS_KEPT || this.#found.has(what)) return;
    this.#found.add(what);
    const episode = episodes.find(({ fromMs, toMs }) => sentMs >= fromMs && sentMs < toMs);
    const where = episode === undefined ? "" : `${episode.name}, ${Math.round(sentMs - episode.fromMs)} ms: `;
    this.findings.push(`${where}${problem}, ${words}`);
  }
}
