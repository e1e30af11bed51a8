import { describe, expect, it } from "vitest";
import type { Lookup } from "../../../src/model/lookup.ts";
import { ServeError } from "../../../src/model/serve-error.ts";
import { ask, askedOf, CacheKit, cellsOf, newFeed } from "./cache-kit.ts";

const ONE = ask("k1", "v:a");

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("CachedReads: swr", () => {
  it("shows a row past its ttl while it is read anew, by one load", async () => {
    const kit = new CacheKit({ policy: { policy: "swr" } });
    await kit.read(ask("k1", "v:a,b"));
    kit.write("k1");
    kit.nowMs += 1000;
    expect(cellsOf(kit.readNow(ONE)![0]!, ONE)[0]).toBe("k1/v/a@0");
    expect(cellsOf(kit.readNow(ONE)![0]!, ONE)[0]).toBe("k1/v/a@0");
    expect(kit.pending.map(({ lookups }) => lookups.map(askedOf))).toEqual([["k1 v:a,b"]]);
    kit.answerAll();
    await settled();
    expect(cellsOf(kit.readNow(ONE)![0]!, ONE)[0]).toBe("k1/v/a@1");
    expect(kit.cache.figures()).toMatchObject({ hits: 3, swrHits: 2, misses: 1, filled: 2, rows: 1 });
  });

  it("shows it too beside rows that have to be read", async () => {
    const kit = new CacheKit({ policy: { policy: "swr" } });
    await kit.read(ONE);
    kit.write("k1");
    kit.nowMs += 1000;
    const both = ask("k1", "v:a", "w:a");
    const answer = kit.cache.read([both], Number.POSITIVE_INFINITY);
    expect(kit.pending.map(({ lookups }) => lookups.map(askedOf))).toEqual([["k1 v:a"], ["k1 w:a"]]);
    kit.answerAll();
    expect(cellsOf((await answer)[0]!, both)).toEqual(["k1/v/a@0", "@0", "k1/w/a@1", "@1"]);
    expect(cellsOf(kit.readNow(both)![0]!, both)).toEqual(["k1/v/a@1", "@1", "k1/w/a@1", "@1"]);
  });

  it("ends after stale_for, at Feast's ttl, at once for rows that did not exist and for suspect ones", async () => {
    const kit = new CacheKit({ policy: { policy: "swr" }, viewTtlMs: (view) => (view === "short" ? 1000 : 0) });
    kit.absent.add("k1/gone");
    const views = ["v:a", "short:a", "gone:a"].map((view) => ask("k1", view));
    const seen = (): boolean[] => views.map((lookup) => kit.readNow(lookup) !== undefined);
    await kit.read(...views);
    kit.nowMs += 99;
    expect(seen()).toEqual([true, true, true]);
    kit.nowMs += 1;
    expect(seen()).toEqual([true, true, false]);
    kit.nowMs += 900;
    expect(seen()).toEqual([true, false, false]);
    kit.nowMs += 4999;
    expect(seen()).toEqual([true, false, false]);
    kit.feed!.isTrusted = false;
    expect(seen()).toEqual([false, false, false]);
    kit.feed!.isTrusted = true;
    kit.nowMs += 1;
    expect(seen()).toEqual([false, false, false]);
  });

  it("goes on showing it when the read in the background fails, and tries again", async () => {
    const kit = new CacheKit({ policy: { policy: "swr" } });
    await kit.read(ONE);
    kit.nowMs += 1000;
    for (let time = 1; time <= 2; time += 1) {
      expect(kit.readNow(ONE)).toBeDefined();
      expect(kit.pending[0]!.deadlineMs).toBe(kit.nowMs + 1000);
      kit.pending.shift()!.reject(new ServeError("UNAVAILABLE", "away"));
      await settled();
      expect(kit.cache.figures().reloadsFailed).toBe(time);
    }
  });
});

describe("CachedReads: held", () => {
  const agesOf = (kit: CacheKit, ...lookups: Lookup[]): number[][] =>
    kit.cache.held(lookups, kit.nowMs)!.ages.map((ages) => [...ages]);

  it("hands out rows past their ttl and suspect ones with their age, 0 for good ones, and counts nothing", async () => {
    const kit = new CacheKit();
    await kit.read(ask(["k1", "k2"], "v:a"));
    kit.nowMs += 700;
    const { feed } = kit;
    kit.feed = newFeed();
    await kit.read(ask(["k1", "k2"], "w:a"));
    kit.nowMs += 300;
    const both = ask(["k1", "k2"], "v:a", "w:a");
    const rows = kit.cache.held([both], kit.nowMs)!;
    expect(rows.ages.map((ages) => [...ages])).toEqual([[1000, 0, 1000, 0]]);
    expect(cellsOf(rows.blocks[0]!, both, 1)).toEqual(["k2/v/a@0", "@0", "k2/w/a@0", "@0"]);
    expect(kit.cache.figures()).toMatchObject({ stale: 0, hits: 0 });
    feed!.isTrusted = false;
    kit.feed.isTrusted = false;
    expect(agesOf(kit, both)).toEqual([[1000, 300, 1000, 300]]);
    expect(kit.loads).toBe(2);
    kit.cache.shownStale(3);
    expect(kit.cache.figures().stale).toBe(3);
  });

  it("says -1 for a row that is missing, too old, did not exist, changed, or lacks a field; others are held all the same", async () => {
    const kit = new CacheKit();
    kit.absent.add("k1/gone");
    await kit.read(ask("k1", "v:a", "gone:a"));
    expect(agesOf(kit, ONE, ask(["k2", "k1"], "v:a"))).toEqual([[0], [-1, 0]]);
    expect(agesOf(kit, ask("k1", "v:a,b"))).toEqual([[-1]]);
    expect(agesOf(kit, ask("k1", "gone:a"))).toEqual([[0]]);
    kit.nowMs += 100;
    expect(agesOf(kit, ask("k1", "gone:a"))).toEqual([[-1]]);
    kit.nowMs += 5899;
    expect(agesOf(kit, ONE)).toEqual([[5999]]);
    kit.nowMs += 1;
    expect(agesOf(kit, ONE)).toEqual([[-1]]);
    kit.nowMs -= 1;
    kit.keyChanged("k1");
    expect(agesOf(kit, ONE)).toEqual([[-1]]);
  });

  it("hands out nothing in shadow mode, where no row is answered", async () => {
    const kit = new CacheKit({ mode: "shadow" });
    await kit.read(ONE);
    expect(kit.cache.held([ONE], kit.nowMs)).toBeUndefined();
  });
});

describe("CachedReads: shadow mode", () => {
  it("reads everything and holds what it would have answered against it, by age", async () => {
    const kit = new CacheKit({ mode: "shadow" });
    const asked = ask(["k1", "k2"], "v:a");
    await kit.read(ask(["k1", "k2"], "v:b,a,never"));
    expect(kit.readNow(asked)).toBeUndefined();
    kit.nowMs += 50;
    kit.write("k2");
    const answer = kit.cache.read([asked], Number.POSITIVE_INFINITY);
    expect(kit.pending.map(({ lookups }) => lookups.map(askedOf))).toEqual([["k1+k2 v:b,a,never"]]);
    kit.answerAll();
    expect(cellsOf((await answer)[0]!, asked, 1)).toEqual(["k2/v/a@1", "@1"]);
    const { shadow, ...figures } = kit.cache.figures();
    expect(shadow).toEqual({ same: [0, 1, 0, 0, 0, 0, 0, 0], different: [0, 1, 0, 0, 0, 0, 0, 0], unsure: 0 });
    expect(figures).toMatchObject({ hits: 2, misses: 2, filled: 2, rows: 2 });
  });

  it("does not judge rows whose key changed meanwhile, and shares no loads", async () => {
    const kit = new CacheKit({ mode: "shadow" });
    await kit.read(ONE);
    const answers = [kit.cache.read([ONE], Number.POSITIVE_INFINITY), kit.cache.read([ONE], Number.POSITIVE_INFINITY)];
    expect(kit.pending).toHaveLength(2);
    kit.keyChanged("k1");
    kit.answerAll();
    await Promise.all(answers);
    expect(kit.cache.figures()).toMatchObject({
      shadow: { unsure: 2 },
      coalesced: 0,
      hits: 2,
      refused: { changed: 0 },
    });
  });

  it("keeps a row for its ttl though it is read anew, as a live cache would", async () => {
    const kit = new CacheKit({ mode: "shadow" });
    await kit.read(ONE);
    kit.write("k1");
    kit.nowMs += 900;
    await kit.read(ONE);
    kit.nowMs += 99;
    await kit.read(ONE);
    expect(kit.cache.figures().shadow.different).toEqual([0, 0, 2, 0, 0, 0, 0, 0]);
    kit.nowMs += 1;
    await kit.read(ONE);
    kit.nowMs += 1;
    await kit.read(ONE);
    expect(kit.cache.figures()).toMatchObject({ hits: 3, misses: 2, filled: 2 });
    expect(kit.cache.figures().shadow.same).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  });
});
