import { describe, expect, it } from "vitest";
import { UNTOLD_FEED } from "../../../src/model/lookup.ts";
import { ask, askedOf, CacheKit, cellsOf, newFeed } from "./cache-kit.ts";

const ONE = ask("k1", "v:a,b");

describe("CachedReads: rows are kept", () => {
  it("answers what was read before without the store, in blocks like the store's", async () => {
    const kit = new CacheKit();
    const first = await kit.read(ONE);
    const again = kit.readNow(ONE);
    expect(cellsOf(first[0]!, ONE)).toEqual(["k1/v/a@0", "k1/v/b@0", "@0"]);
    expect(cellsOf(again![0]!, ONE)).toEqual(["k1/v/a@0", "k1/v/b@0", "@0"]);
    expect(kit.loads).toBe(1);
    expect(kit.cache.figures()).toMatchObject({ hits: 1, misses: 1, filled: 1, rows: 1, keys: 1 });
  });

  it("keeps bytes of its own: the store's may be written over", async () => {
    const kit = new CacheKit();
    const [block] = await kit.read(ONE);
    block!.sources[0]!.fill(0);
    expect(cellsOf(kit.readNow(ONE)![0]!, ONE)).toEqual(["k1/v/a@0", "k1/v/b@0", "@0"]);
  });

  it("tells absent and empty cells apart, of rows of any size", async () => {
    const kit = new CacheKit();
    const odd = ask(["k1", "k2"], "v:never,a,empty", "w:", `x:${"l".repeat(40_000)},never1`);
    const read = await kit.read(odd);
    const kept = kit.readNow(odd)!;
    for (const key of [0, 1]) {
      expect(cellsOf(kept[0]!, odd, key)).toEqual(cellsOf(read[0]!, odd, key));
      expect(cellsOf(kept[0]!, odd, key).slice(0, 5)).toEqual([null, `k${key + 1}/v/a@0`, "", "@0", "@0"]);
    }
  });

  it("finds single features of rows that are too long for short ends", async () => {
    const kit = new CacheKit();
    const long = "l".repeat(40_000);
    await kit.read(ask("k1", `v:a,${long},never,b`));
    const some = ask("k1", "v:b,never,a", `v:${long}`);
    expect(cellsOf(kit.readNow(some)![0]!, some)).toEqual(["k1/v/b@0", null, "k1/v/a@0", "@0", `k1/v/${long}@0`, "@0"]);
  });

  it("takes blocks whose views lie in buffers of their own", async () => {
    const kit = new CacheKit();
    await kit.read(ask("k2", "v:a"));
    const all = ask(["k1", "k2"], "v:a", "w:a");
    const answer = kit.cache.read([all], Number.POSITIVE_INFINITY);
    const { lookups, resolve } = kit.pending.shift()!;
    resolve(
      kit.blocks(lookups).map((block, index) => {
        const sourcesPerKey = lookups[index]!.shape.views.length;
        const copies = block.sources.flatMap((source) =>
          Array.from({ length: sourcesPerKey }, (_, view) => {
            // Each holds the cells of its own view only.
            const of = ["v", "w"][sourcesPerKey === 1 ? 1 : view]!;
            return Buffer.from(source.toString("latin1").replaceAll(of === "v" ? "/w/" : "/v/", "/!/"), "latin1");
          }),
        );
        return { ...block, sources: copies, sourcesPerKey };
      }),
    );
    const blocks = await answer;
    for (const [index, key] of ["k1", "k2"].entries()) {
      const cells = [`${key}/v/a@0`, "@0", `${key}/w/a@0`, "@0"];
      expect(cellsOf(blocks[0]!, all, index)).toEqual(cells);
      expect(cellsOf(kit.readNow(all)![0]!, all, index)).toEqual(cells);
    }
  });

  it("shares rows between shapes: other order, fewer features, other views, other lookups", async () => {
    const kit = new CacheKit();
    await kit.read(ask("k1", "v:a,b,c", "w:d"), ask("k2", "v:a,b,c"));
    const other = [ask(["k2", "k1"], "v:c,a"), ask("k1", "w:d", "v:b")] as const;
    const blocks = kit.readNow(...other)!;
    expect(cellsOf(blocks[0]!, other[0], 0)).toEqual(["k2/v/c@0", "k2/v/a@0", "@0"]);
    expect(cellsOf(blocks[0]!, other[0], 1)).toEqual(["k1/v/c@0", "k1/v/a@0", "@0"]);
    expect(cellsOf(blocks[1]!, other[1], 0)).toEqual(["k1/w/d@0", "@0", "k1/v/b@0", "@0"]);
    expect(kit.loads).toBe(1);
  });

  it("reads missing rows and views only, of each key in one command", async () => {
    const kit = new CacheKit();
    await kit.read(ask(["k1", "k2"], "v:a"), ask("k3", "w:d"));
    const all = ask(["k1", "k3", "k2", "k4"], "v:a", "w:d");
    const answer = kit.cache.read([all], Number.POSITIVE_INFINITY);
    expect(kit.pending[0]!.lookups.map(askedOf).sort()).toEqual(["k1+k2 w:d", "k3 v:a", "k4 v:a w:d"]);
    kit.answerAll();
    const [block] = await answer;
    for (const [index, key] of ["k1", "k3", "k2", "k4"].entries()) {
      expect(cellsOf(block!, all, index)).toEqual([`${key}/v/a@0`, "@0", `${key}/w/d@0`, "@0"]);
    }
    expect(kit.cache.figures()).toMatchObject({ hits: 3, misses: 3 + 5, filled: 8, rows: 8, keys: 4 });
  });

  it("reads the union with what an entry has in one command and replaces it, never combining two reads", async () => {
    const kit = new CacheKit();
    await kit.read(ask("k1", "v:a,b"));
    kit.write("k1");
    const wanted = ask("k1", "v:c,b");
    const answer = kit.cache.read([wanted], Number.POSITIVE_INFINITY);
    expect(kit.pending[0]!.lookups.map(askedOf)).toEqual(["k1 v:a,b,c"]);
    kit.answerAll();
    expect(cellsOf((await answer)[0]!, wanted)).toEqual(["k1/v/c@1", "k1/v/b@1", "@1"]);
    expect(cellsOf(kit.readNow(ask("k1", "v:a,b,c"))![0]!, ask("k1", "v:a,b,c"))).toEqual([
      "k1/v/a@1",
      "k1/v/b@1",
      "k1/v/c@1",
      "@1",
    ]);
    expect(kit.cache.figures()).toMatchObject({ rows: 1, filled: 2, evicted: 0, invalidated: 0 });
  });

  it("asks with the same shape object each time, the caller's own where it will do", async () => {
    const kit = new CacheKit();
    void kit.cache.read([ONE], Number.POSITIVE_INFINITY);
    expect(kit.pending[0]!.lookups[0]!.shape).toBe(ONE.shape);
    kit.answerAll();
    await kit.read(ask(["k1", "k2", "k3"], "v:a"));
    void kit.cache.read([ask("k2", "v:b")], Number.POSITIVE_INFINITY);
    void kit.cache.read([ask("k3", "v:b")], Number.POSITIVE_INFINITY);
    expect(askedOf(kit.pending[0]!.lookups[0]!)).toBe("k2 v:a,b");
    expect(kit.pending[1]!.lookups[0]!.shape).toBe(kit.pending[0]!.lookups[0]!.shape);
  });

  it("reads a view that is asked for twice under one key once, with the fields of both", async () => {
    const kit = new CacheKit();
    const twice = ask("k1", "v:a", "v:b");
    const answer = kit.cache.read([twice, ask("k1", "v:a")], Number.POSITIVE_INFINITY);
    expect(kit.pending[0]!.lookups.map(askedOf)).toEqual(["k1 v:a,b"]);
    kit.answerAll();
    expect(cellsOf((await answer)[0]!, twice)).toEqual(["k1/v/a@0", "@0", "k1/v/b@0", "@0"]);
    expect(cellsOf((await answer)[1]!, ask("k1", "v:a"))).toEqual(["k1/v/a@0", "@0"]);
    expect(kit.cache.figures()).toMatchObject({ misses: 3, coalesced: 0, rows: 1 });
  });

  it("answers lookups without keys and without views", async () => {
    const kit = new CacheKit();
    expect(await kit.cache.read([ask([], "v:a"), ask("k1")], Number.POSITIVE_INFINITY)).toMatchObject([
      { sources: [] },
      { sources: [] },
    ]);
    expect(kit.loads).toBe(0);
  });
});

describe("CachedReads: how long", () => {
  it("is fresh for its ttl, counted from when the read began", async () => {
    const kit = new CacheKit();
    const answer = kit.cache.read([ONE], Number.POSITIVE_INFINITY);
    kit.nowMs += 400;
    kit.answerAll();
    await answer;
    kit.nowMs += 599;
    expect(kit.readNow(ONE)).toBeDefined();
    kit.nowMs += 1;
    expect(kit.readNow(ONE)).toBeUndefined();
  });

  it("shortens each ttl by up to the jitter", async () => {
    const randoms = [0, 0.5, 0.999];
    const kit = new CacheKit({ jitter: 0.4, random: () => randoms.shift()! });
    const keys = ["k0", "k1", "k2"];
    for (const key of keys) await kit.read(ask(key, "v:a"));
    const freshAt = (ms: number): string[] => {
      kit.nowMs = 1_000_000 + ms;
      return keys.filter((key) => kit.readNow(ask(key, "v:a")) !== undefined);
    };
    expect(freshAt(600)).toEqual(["k0", "k1", "k2"]);
    expect(freshAt(601)).toEqual(["k0", "k1"]);
    expect(freshAt(799)).toEqual(["k0", "k1"]);
    expect(freshAt(800)).toEqual(["k0"]);
    expect(freshAt(1000)).toEqual([]);
  });

  it("takes Feast's ttl of the view for a ceiling, 0 for none", async () => {
    const kit = new CacheKit({ viewTtlMs: (view) => (view === "v" ? 300 : view === "w" ? 5000 : 0) });
    const all = ["v:a", "w:a", "x:a"].map((view) => ask("k1", view));
    await kit.read(...all);
    kit.nowMs += 299;
    expect(all.map((lookup) => kit.readNow(lookup) !== undefined)).toEqual([true, true, true]);
    kit.nowMs += 1;
    expect(all.map((lookup) => kit.readNow(lookup) !== undefined)).toEqual([false, true, true]);
    kit.nowMs += 700;
    expect(all.map((lookup) => kit.readNow(lookup) !== undefined)).toEqual([false, false, false]);
  });

  it("keeps a row that does not exist for the negative ttl", async () => {
    const kit = new CacheKit();
    kit.absent.add("k1/v");
    await kit.read(ask("k1", "v:a", "w:a"));
    kit.nowMs += 99;
    expect(cellsOf(kit.readNow(ask("k1", "v:a", "w:a"))![0]!, ask("k1", "v:a", "w:a"))).toEqual([
      null,
      null,
      "k1/w/a@0",
      "@0",
    ]);
    expect(kit.cache.figures()).toMatchObject({ hits: 2, negativeHits: 1 });
    kit.nowMs += 1;
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    expect(kit.readNow(ask("k1", "w:a"))).toBeDefined();
  });

  it("takes each view's own policy, for all its versions; one that is disabled is always read and never kept", async () => {
    const views = new Map([
      ["v", { ttlMs: 50 }],
      ["off", { policy: "disabled" } as const],
      ["v_v3", { ttlMs: 70 }],
    ]);
    const kit = new CacheKit({ views });
    await kit.read(ask("k1", "v:a", "v_v2:a", "v_v3:a", "w:a", "off:a"));
    kit.nowMs += 50;
    const fresh = ["v:a", "v_v2:a", "v_v3:a", "w:a", "off:a"].filter((view) => kit.readNow(ask("k1", view)));
    expect(fresh).toEqual(["v_v3:a", "w:a"]);
    void kit.cache.read([ask("k1", "off:a", "w:a")], Number.POSITIVE_INFINITY);
    void kit.cache.read([ask("k1", "off:a", "x:a")], Number.POSITIVE_INFINITY);
    expect(kit.pending.map(({ lookups, isCached }) => [askedOf(lookups[0]!), isCached])).toEqual([
      ["k1 off:a", false],
      ["k1 off:a x:a", true],
    ]);
    expect(kit.cache.figures()).toMatchObject({ disabled: 3, misses: 5, rows: 4 });
  });
});

describe("CachedReads: rows that are not kept", () => {
  it("of nodes that are behind", async () => {
    const kit = new CacheKit();
    kit.lagMs = 3;
    const [block] = await kit.read(ONE);
    expect(block!.lagMs).toBe(3);
    expect(kit.cache.figures()).toMatchObject({ filled: 0, refused: { lag: 1 }, rows: 0, keys: 0 });
  });

  it("hands the lag on when a row of the answer lags", async () => {
    const kit = new CacheKit();
    await kit.read(ask("k1", "v:a"));
    kit.lagMs = 3;
    expect((await kit.read(ask("k1", "v:a", "w:a")))[0]!.lagMs).toBe(3);
  });

  it("whose changes are not told, unless the ttl alone will do", async () => {
    for (const [isTtlNamed, tellsChanges] of [
      [false, true],
      [true, true],
      [false, false],
      [true, false],
    ] as const) {
      const kit = new CacheKit({ policy: { isTtlNamed }, tellsChanges });
      kit.feed = tellsChanges ? { ...UNTOLD_FEED } : undefined;
      await kit.read(ONE);
      expect(kit.cache.figures()).toMatchObject({
        filled: isTtlNamed ? 1 : 0,
        refused: { feed: isTtlNamed ? 0 : 1 },
      });
      expect(kit.readNow(ONE) === undefined).toBe(!isTtlNamed);
    }
  });

  it("of a node that could tell changes and did not: it was in doubt, or asked over another connection, whatever the ttl", async () => {
    const kit = new CacheKit({ policy: { isTtlNamed: true } });
    kit.feed = undefined;
    await kit.read(ONE);
    expect(kit.cache.figures()).toMatchObject({ filled: 0, refused: { feed: 1 } });
  });

  it("are suspect when nobody has looked at their node for too long, until somebody does", async () => {
    const kit = new CacheKit();
    kit.feed!.trustedUntilMs = kit.nowMs + 100;
    await kit.read(ONE);
    kit.nowMs += 99;
    expect(kit.readNow(ONE)).toBeDefined();
    kit.nowMs += 1;
    expect(kit.readNow(ONE)).toBeUndefined();
    kit.feed!.trustedUntilMs = kit.nowMs + 1;
    expect(kit.readNow(ONE)).toBeDefined();
  });

  it("whose feed was lost while they were read; their caller gets them", async () => {
    const kit = new CacheKit();
    kit.feed!.isTrusted = false;
    expect(cellsOf((await kit.read(ONE))[0]!, ONE)[0]).toBe("k1/v/a@0");
    expect(kit.cache.figures()).toMatchObject({ filled: 0, refused: { feed: 1 } });
  });

  it("by key, where keys were read from several nodes", async () => {
    const kit = new CacheKit();
    const both = ask(["k1", "k2"], "v:a");
    const answer = kit.cache.read([both], Number.POSITIVE_INFINITY);
    const [block] = kit.blocks([both]);
    kit.pending[0]!.resolve([{ ...block!, feed: undefined, feeds: [undefined, newFeed()] }]);
    await answer;
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    expect(kit.readNow(ask("k2", "v:a"))).toBeDefined();
  });

  it("too large, or fresh for no time", async () => {
    const kit = new CacheKit({ maxBytes: 8 * 1024, policy: { negativeTtlMs: 0 } });
    kit.absent.add("k2/v");
    await kit.read(ask("k1", `v:${"l".repeat(1100)}`), ask("k2", "v:a"));
    expect(kit.cache.figures()).toMatchObject({ filled: 0, refused: { size: 1, ttl: 1 }, bytes: 0 });
  });

  it("when a row that was read later is there", async () => {
    const kit = new CacheKit();
    const slow = kit.cache.read([ask("k1", "v:a")], Number.POSITIVE_INFINITY);
    const old = kit.blocks(kit.pending[0]!.lookups);
    kit.nowMs += 5;
    kit.write("k1");
    const quick = kit.cache.read([ask("k1", "v:a,b")], Number.POSITIVE_INFINITY);
    kit.answer(1);
    await quick;
    kit.pending[0]!.resolve(old);
    expect(cellsOf((await slow)[0]!, ask("k1", "v:a"))[0]).toBe("k1/v/a@0");
    expect(cellsOf(kit.readNow(ask("k1", "v:a"))![0]!, ask("k1", "v:a"))[0]).toBe("k1/v/a@1");
    expect(kit.cache.figures()).toMatchObject({ filled: 1, refused: { older: 1 } });
  });
});

describe("CachedReads: suspect rows", () => {
  it("are read anew from the moment on at which their feed is lost", async () => {
    const kit = new CacheKit();
    const { feed } = kit;
    await kit.read(ask("k1", "v:a"));
    kit.feed = newFeed();
    await kit.read(ask("k1", "w:a"));
    feed!.isTrusted = false;
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    expect(kit.readNow(ask("k1", "w:a"))).toBeDefined();
    await kit.read(ask("k1", "v:a", "w:a"));
    expect(kit.readNow(ask("k1", "v:a", "w:a"))).toBeDefined();
    expect(kit.cache.figures()).toMatchObject({ suspect: 1, misses: 3, filled: 3, rows: 2 });
  });
});

describe("CachedReads: another registry", () => {
  it("drops rows of views whose Feast ttl is shorter now, and of no others", async () => {
    const ttls = new Map([
      ["shorter", 900],
      ["longer", 500],
      ["same", 500],
    ]);
    const kit = new CacheKit({ viewTtlMs: (view) => ttls.get(view) ?? 0 });
    const views = ["shorter", "longer", "same", "none", "first"].map((view) => ask("k1", `${view}:a`));
    await kit.read(...views);
    ttls.set("shorter", 800).set("longer", 600).set("first", 500);
    kit.cache.registryChanged();
    expect(views.map((lookup) => kit.readNow(lookup) !== undefined)).toEqual([false, true, true, true, false]);
    kit.cache.registryChanged();
    expect(kit.cache.figures()).toMatchObject({ evicted: 2, rows: 3 });
  });
});
