/** Call after call, against a cache of a few lines that keeps everything in maps and looks at everything each time. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Lookup } from "../../../src/model/lookup.ts";
import { ask, CacheKit, cellsOf, newFeed, type TestFeed } from "./cache-kit.ts";

const KEYS = ["k1", "k2", "k3"];
const VIEWS = ["v", "w", "gone"];
const TTL_MS = 100;
const NEGATIVE_TTL_MS = 40;
const MAX_LAG_MS = 50;

type Wanted = ReadonlyMap<string, readonly string[]>;

type Step =
  | { readonly kind: "read"; readonly keys: readonly string[]; readonly views: Wanted }
  | { readonly kind: "write" | "silent" | "signalKey"; readonly key: string }
  | { readonly kind: "signal"; readonly view: string }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "lost" | "flush" };

const key = fc.constantFrom(...KEYS);
const features = fc.shuffledSubarray(["a", "b", "c"], { minLength: 1 });
const views = fc
  .shuffledSubarray(VIEWS, { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((name) => features.map((of) => [name, of] as const))))
  .map((entries): Wanted => new Map(entries));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      keys: fc.shuffledSubarray(KEYS, { minLength: 1 }),
      views,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("write" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("silent" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("signalKey" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("signal" as const), view: fc.constantFrom(...VIEWS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("lost" as const, "flush" as const) }) },
);

interface Row {
  readonly features: ReadonlySet<string>;
  readonly version: number;
  readonly readMs: number;
  readonly feed: TestFeed;
}

/** What a cache has to do, said as plainly as can be. */
class NaiveCache {
  readonly rows = new Map<string, Row>();
  readonly noFillBefore = new Map<string, number>();
  hits = 0;
  misses = 0;
  suspect = 0;
  invalidated = 0;
  filled = 0;
  refused = 0;

  drop(where: (id: string) => boolean): void {
    for (const id of this.rows.keys()) {
      if (!where(id)) continue;
      this.rows.delete(id);
      this.invalidated += 1;
    }
  }

  /** The row, if it may be shown. */
  fresh(id: string, wanted: readonly string[], nowMs: number): Row | undefined {
    const row = this.rows.get(id);
    if (row === undefined || !row.feed.isTrusted || wanted.some((feature) => !row.features.has(feature)))
      return undefined;
    return nowMs < row.readMs + (id.endsWith("/gone") ? NEGATIVE_TTL_MS : TTL_MS) ? row : undefined;
  }
}

class Run {
  readonly kit = new CacheKit({ policy: { ttlMs: TTL_MS, negativeTtlMs: NEGATIVE_TTL_MS }, maxLagMs: MAX_LAG_MS });
  readonly naive = new NaiveCache();

  constructor() {
    for (const of of KEYS) this.kit.absent.add(`${of}/gone`);
  }

  async step(of: Step): Promise<void> {
    const { kit, naive } = this;
    switch (of.kind) {
      case "read":
        return this.#read(of.keys, of.views);
      case "write":
        kit.write(of.key);
        kit.keyChanged(of.key);
        return naive.drop((id) => id.startsWith(of.key));
      case "silent":
        return kit.write(of.key);
      case "signalKey":
        kit.viewChanged("v", of.key);
        naive.noFillBefore.set(of.key, kit.nowMs + MAX_LAG_MS);
        return naive.drop((id) => id === `${of.key}/v`);
      case "signal":
        kit.viewChanged(of.view);
        naive.noFillBefore.set(of.view, kit.nowMs + MAX_LAG_MS);
        return naive.drop((id) => id.endsWith(`/${of.view}`));
      case "pass":
        kit.nowMs += of.ms;
        return;
      case "lost":
        kit.feed!.isTrusted = false;
        kit.feed = newFeed();
        return;
      case "flush":
        kit.cache.changes.allChanged();
        return naive.drop(() => true);
    }
  }

  async #read(keys: readonly string[], wanted: Wanted): Promise<void> {
    const { kit, naive } = this;
    const lookup = ask(keys, ...[...wanted].map(([view, of]) => `${view}:${of.join(",")}`));
    const expected = keys.map((of) =>
      [...wanted].map(([view, needs]) => naive.fresh(`${of}/${view}`, needs, kit.nowMs)),
    );
    const isHit = expected.every((rows) => rows.every((row) => row !== undefined));
    const now = kit.readNow(lookup);
    expect(now !== undefined).toBe(isHit);
    const versions = this.#account(keys, wanted);
    const answer = now ?? (await this.#load(lookup, keys, wanted));
    for (const [index] of keys.entries()) {
      expect(cellsOf(answer[0]!, lookup, index)).toEqual(this.#cells(keys[index]!, wanted, versions[index]!));
    }
  }

  /** Counts and fills the naive cache. @returns versions that the answer must have, by key and view */
  #account(keys: readonly string[], wanted: Wanted): number[][] {
    const { kit, naive } = this;
    return keys.map((of) =>
      [...wanted].map(([view, needs]) => {
        const id = `${of}/${view}`;
        const known = naive.fresh(id, needs, kit.nowMs);
        if (known !== undefined) {
          naive.hits += 1;
          return known.version;
        }
        naive.misses += 1;
        const held = naive.rows.get(id);
        if (held?.feed.isTrusted === false) naive.suspect += 1;
        const version = kit.versions.get(of) ?? 0;
        const beforeMs = Math.max(naive.noFillBefore.get(of) ?? 0, naive.noFillBefore.get(view) ?? 0);
        if (kit.nowMs < beforeMs) naive.refused += 1;
        else {
          const all = new Set([...needs, ...(held?.features ?? [])]);
          naive.rows.set(id, { features: all, version, readMs: kit.nowMs, feed: kit.feed! });
          naive.filled += 1;
        }
        return version;
      }),
    );
  }

  /** Loads what the naive cache lacks, and checks that nothing else is loaded. */
  async #load(lookup: Lookup, keys: readonly string[], wanted: Wanted) {
    const before = this.kit.cache.figures().misses;
    const answer = this.kit.cache.read([lookup], Number.POSITIVE_INFINITY);
    const missed = this.kit.cache.figures().misses - before;
    expect(this.kit.pending).toHaveLength(1);
    const { lookups } = this.kit.pending[0]!;
    expect(lookups.reduce((rows, { shape, keys: of }) => rows + of.length * shape.views.length, 0)).toBe(missed);
    // One command for each key.
    const asked = lookups.flatMap(({ keys: of }) => of.map(String));
    expect(new Set(asked).size).toBe(asked.length);
    expect(keys.length * wanted.size).toBeGreaterThanOrEqual(missed);
    this.kit.answerAll();
    return answer;
  }

  #cells(of: string, wanted: Wanted, versions: readonly number[]): (string | null)[] {
    return [...wanted].flatMap(([view, needs], index) => {
      if (view === "gone") return [...needs.map(() => null), null];
      return [...needs.map((feature) => `${of}/${view}/${feature}@${versions[index]}`), `@${versions[index]}`];
    });
  }
}

describe("CachedReads against a naive cache", () => {
  it("answers, loads and counts the same", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const run = new Run();
        for (const of of steps) await run.step(of);
        const { hits, misses, suspect, invalidated, filled, refused, evicted, coalesced, rows } =
          run.kit.cache.figures();
        const { naive } = run;
        expect({ hits, misses, suspect, invalidated, filled, refused: refused.signal, rows }).toEqual({
          hits: naive.hits,
          misses: naive.misses,
          suspect: naive.suspect,
          invalidated: naive.invalidated,
          filled: naive.filled,
          refused: naive.refused,
          rows: naive.rows.size,
        });
        expect([evicted, coalesced]).toEqual([0, 0]);
      }),
      { numRuns: 400 },
    );
  });
});
