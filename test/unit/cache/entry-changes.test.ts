import { describe, expect, it } from "vitest";
import { ask, askedOf, CacheKit, cellsOf, storeKey } from "./cache-kit.ts";

const TWO = ask(["k1", "k2"], "v:a", "w:a");

describe("EntryChanges", () => {
  it("drops all rows of a key that changed, at once, and nothing else", async () => {
    const kit = new CacheKit();
    await kit.read(TWO);
    kit.keyChanged("k1");
    kit.keyChanged("k3");
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    expect(kit.readNow(ask("k2", "v:a", "w:a"))).toBeDefined();
    kit.write("k1");
    expect(cellsOf((await kit.read(TWO))[0]!, TWO, 0)).toEqual(["k1/v/a@1", "@1", "k1/w/a@1", "@1"]);
    expect(kit.cache.figures()).toMatchObject({ invalidated: 2, keyChanges: 2, rows: 4, keys: 2 });
  });

  it("takes no key of another project for its own", async () => {
    const kit = new CacheKit();
    await kit.read(TWO);
    for (const key of ["k1shoP", "k1", "", "op"]) kit.cache.changes.keyChanged(Buffer.from(key));
    expect(kit.readNow(TWO)).toBeDefined();
  });

  it("tells keys of arbitrary bytes apart", async () => {
    const kit = new CacheKit();
    const odd = [Buffer.from([0xff, 0x80]), Buffer.from([0xc3, 0xbf]), Buffer.from([0x3f])];
    const lookup = { ...ask([], "v:a"), keys: odd };
    await kit.read(lookup);
    kit.cache.changes.keyChanged(Buffer.concat([odd[0]!, Buffer.from("shop")]));
    expect(odd.map((key) => kit.readNow({ ...lookup, keys: [key] }) !== undefined)).toEqual([false, true, true]);
  });

  it("forgets everything when everything changed, what is being read as well", async () => {
    const kit = new CacheKit();
    await kit.read(TWO);
    const under = kit.cache.read([ask("k3", "v:a")], Number.POSITIVE_INFINITY);
    kit.cache.changes.allChanged();
    kit.answerAll();
    await under;
    expect(kit.cache.figures()).toMatchObject({ rows: 0, keys: 0, bytes: 0, invalidated: 4, refused: { changed: 1 } });
    await kit.read(TWO);
    expect(kit.cache.figures()).toMatchObject({ rows: 4, keys: 2 });
    expect(kit.readNow(TWO)).toBeDefined();
  });
});

describe("EntryChanges: freshness signals", () => {
  it("of a view drop its rows, and none is kept that was read within max_lag", async () => {
    const kit = new CacheKit({ maxLagMs: 500 });
    await kit.read(TWO);
    const under = kit.cache.read([ask("k3", "v:a")], Number.POSITIVE_INFINITY);
    kit.viewChanged("v");
    const after = kit.cache.read([ask("k3", "v:a")], Number.POSITIVE_INFINITY);
    expect(kit.pending).toHaveLength(2);
    kit.answerAll();
    await Promise.all([under, after]);
    expect(kit.readNow(ask("k1", "w:a"))).toBeDefined();
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    kit.nowMs += 499;
    const early = kit.cache.read([TWO], Number.POSITIVE_INFINITY);
    kit.nowMs += 1;
    kit.answerAll();
    await early;
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    await kit.read(TWO);
    expect(kit.readNow(TWO)).toBeDefined();
    const { invalidated, refused, rows, signals } = kit.cache.figures();
    expect({ invalidated, refused: [refused.changed, refused.signal], rows }).toEqual({
      invalidated: 2,
      refused: [1, 3],
      rows: 4,
    });
    expect(signals).toEqual({ views: [{ view: "v", count: 1, quietMs: 500 }], unknown: 0, foreignKeys: 0 });
  });

  it("concern all versions of the view, also those read for the first time afterwards", async () => {
    const kit = new CacheKit();
    await kit.read(ask("k1", "v_v2:a", "vw:a"));
    kit.viewChanged("v");
    expect(kit.readNow(ask("k1", "v_v2:a"))).toBeUndefined();
    expect(kit.readNow(ask("k1", "vw:a"))).toBeDefined();
    await kit.read(ask("k1", "v_v3:a", "v:a"));
    expect(kit.readNow(ask("k1", "v_v3:a"))).toBeUndefined();
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    kit.nowMs += 500;
    await kit.read(ask("k1", "v_v3:a", "v:a"));
    expect(kit.readNow(ask("k1", "v_v3:a", "v:a"))).toBeDefined();
  });

  it("of some keys leave the other keys and views alone", async () => {
    const kit = new CacheKit();
    await kit.read(TWO);
    kit.viewChanged("v", "k1", "k9");
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    expect(kit.readNow(ask("k1", "w:a"), ask("k2", "v:a", "w:a"))).toBeDefined();
    await kit.read(TWO);
    expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
    kit.nowMs += 500;
    await kit.read(TWO);
    expect(kit.readNow(TWO)).toBeDefined();
    expect(kit.cache.figures()).toMatchObject({ invalidated: 1, refused: { signal: 1 } });
  });

  it("of some keys take nobody into a read of them that had begun", async () => {
    const kit = new CacheKit();
    const before = kit.cache.read([ask(["k1", "k2"], "v:a")], Number.POSITIVE_INFINITY);
    kit.viewChanged("v", "k1");
    const after = kit.cache.read([ask(["k1", "k2"], "v:a")], Number.POSITIVE_INFINITY);
    expect(kit.pending.map(({ lookups }) => lookups.map(askedOf))).toEqual([["k1+k2 v:a"], ["k1 v:a"]]);
    kit.answerAll();
    await Promise.all([before, after]);
    expect(kit.cache.figures()).toMatchObject({ coalesced: 1, refused: { changed: 1, signal: 1 }, rows: 1 });
  });

  it("of views nobody knows, and of keys of others, are counted", () => {
    const kit = new CacheKit({ knowsView: (view) => view === "v" });
    kit.viewChanged("w");
    kit.cache.changes.viewChanged("v", [Buffer.from("k1other"), storeKey("k1")]);
    kit.nowMs += 20;
    expect(kit.cache.figures().signals).toEqual({
      views: [{ view: "v", count: 1, quietMs: 20 }],
      unknown: 1,
      foreignKeys: 1,
    });
  });
});

describe("EntryChanges: freshness signals that another node passes on", () => {
  const again = (kit: CacheKit, view: string, keys?: readonly Buffer[]): void =>
    kit.cache.changes.viewChanged(view, keys, true);

  it("drop rows and keep reads out for max_lag from then on, and are not counted", async () => {
    for (const keys of [undefined, [storeKey("k1")]]) {
      const kit = new CacheKit({ maxLagMs: 500 });
      kit.cache.changes.viewChanged("v", keys, false);
      kit.nowMs += 500;
      await kit.read(TWO);
      expect(kit.readNow(TWO)).toBeDefined();
      const under = kit.cache.read([ask("k1", "v:b")], Number.POSITIVE_INFINITY);
      again(kit, "v", keys);
      kit.answerAll();
      await under;
      expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
      kit.nowMs += 499;
      await kit.read(ask("k1", "v:a"));
      expect(kit.readNow(ask("k1", "v:a"))).toBeUndefined();
      kit.nowMs += 1;
      await kit.read(ask("k1", "v:a"));
      expect(kit.readNow(ask("k1", "v:a"))).toBeDefined();
      const { invalidated, refused, signals } = kit.cache.figures();
      expect([invalidated, refused.changed, refused.signal]).toEqual([keys === undefined ? 2 : 1, 1, 1]);
      expect(signals.views).toEqual([{ view: "v", count: 1, quietMs: 1000 }]);
    }
  });

  it("do not count as unknown or foreign either", () => {
    const kit = new CacheKit({ knowsView: (view) => view === "v" });
    again(kit, "w");
    again(kit, "v", [Buffer.from("k1other")]);
    expect(kit.cache.figures().signals).toEqual({ views: [], unknown: 0, foreignKeys: 0 });
  });
});

describe("EntryChanges: storms", () => {
  it("fill nothing until they are over; changes still count, rows that are there still answer", async () => {
    const kit = new CacheKit({ policy: { ttlMs: 60_000 } });
    await kit.read(TWO);
    for (let second = 0; second < 2; second += 1) {
      for (let key = 0; key <= 2000; key += 1) kit.keyChanged(`x${key}`);
      expect(kit.cache.figures().isStorm).toBe(false);
      kit.nowMs += 1000;
    }
    expect(kit.cache.figures()).toMatchObject({ isStorm: true, storms: 1 });
    expect(kit.readNow(TWO)).toBeDefined();
    kit.keyChanged("k1");
    const answer = kit.cache.read([TWO], Number.POSITIVE_INFINITY);
    expect(kit.pending[0]!.isCached).toBe(false);
    kit.answerAll();
    await answer;
    expect(kit.cache.figures()).toMatchObject({ rows: 2, refused: { storm: 2 }, invalidated: 2 });
    kit.nowMs += 2000;
    await kit.read(TWO);
    expect(kit.cache.figures()).toMatchObject({ isStorm: false, storms: 1, rows: 4 });
  });
});
