import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ServeError } from "../../../src/model/serve-error.ts";
import { ask, askedOf, CacheKit, cellsOf } from "./cache-kit.ts";

const NEVER = Number.POSITIVE_INFINITY;
const LATE = new ServeError("DEADLINE_EXCEEDED", "redis did not answer");
const DOWN = new ServeError("UNAVAILABLE", "redis is away");
const ONE = ask("k1", "v:a");

describe("CachedReads: one load per key at a time", () => {
  it("is shared by all whose fields it covers", async () => {
    const kit = new CacheKit();
    const asked = [ask("k1", "v:a,b", "w:d"), ask("k1", "v:b"), ask("k1", "w:d", "v:b,a"), ask(["k0", "k1"], "v:a")];
    const answers = asked.map((lookup) => kit.cache.read([lookup], NEVER));
    expect(kit.pending.map(({ lookups }) => lookups.map(askedOf))).toEqual([["k1 v:a,b w:d"], ["k0 v:a"]]);
    kit.answerAll();
    const blocks = await Promise.all(answers);
    expect(cellsOf(blocks[1]![0]!, asked[1]!)).toEqual(["k1/v/b@0", "@0"]);
    expect(cellsOf(blocks[2]![0]!, asked[2]!)).toEqual(["k1/w/d@0", "@0", "k1/v/b@0", "k1/v/a@0", "@0"]);
    expect(cellsOf(blocks[3]![0]!, asked[3]!, 0)).toEqual(["k0/v/a@0", "@0"]);
    expect(cellsOf(blocks[3]![0]!, asked[3]!, 1)).toEqual(["k1/v/a@0", "@0"]);
    expect(kit.cache.figures()).toMatchObject({ hits: 0, misses: 7, coalesced: 4, filled: 3 });
  });

  it("is not shared by who needs another field", async () => {
    const kit = new CacheKit();
    const first = kit.cache.read([ask("k1", "v:a")], NEVER);
    const second = kit.cache.read([ask("k1", "v:b")], NEVER);
    expect(kit.loads).toBe(2);
    kit.answer(1);
    expect(cellsOf((await second)[0]!, ask("k1", "v:b"))).toEqual(["k1/v/b@0", "@0"]);
    const third = kit.cache.read([ask("k1", "v:a")], NEVER);
    expect(kit.loads).toBe(2);
    kit.answerAll();
    expect(cellsOf((await third)[0]!, ask("k1", "v:a"))).toEqual(["k1/v/a@0", "@0"]);
    await first;
    await kit.read(ask("k1", "v:a"));
    expect(kit.loads).toBe(2);
  });

  it("gives those who asked before a change what it brings, keeps nothing of it, and takes nobody who asks after", async () => {
    const kit = new CacheKit();
    const both = ask(["k1", "k2"], "v:a");
    const before = kit.cache.read([both], NEVER);
    const old = kit.blocks(kit.pending[0]!.lookups);
    kit.write("k1");
    kit.keyChanged("k1");
    const after = kit.cache.read([both], NEVER);
    expect(askedOf(kit.pending[1]!.lookups[0]!)).toBe("k1 v:a");
    kit.pending.shift()!.resolve(old);
    expect(cellsOf((await before)[0]!, both)[0]).toBe("k1/v/a@0");
    expect(kit.readNow(ONE)).toBeUndefined();
    expect(kit.readNow(ask("k2", "v:a"))).toBeDefined();
    kit.answerAll();
    expect(cellsOf((await after)[0]!, both)[0]).toBe("k1/v/a@1");
    expect(kit.readNow(ONE)).toBeDefined();
    expect(kit.cache.figures()).toMatchObject({ refused: { changed: 1 }, filled: 2, coalesced: 1, invalidated: 0 });
  });

  it("takes nobody in once it takes longer than a row is fresh", async () => {
    const kit = new CacheKit();
    const first = kit.cache.read([ONE], NEVER);
    kit.nowMs += 999;
    const second = kit.cache.read([ONE], NEVER);
    expect(kit.loads).toBe(1);
    kit.nowMs += 1;
    const third = kit.cache.read([ONE], NEVER);
    expect(kit.loads).toBe(2);
    kit.answerAll();
    await Promise.all([first, second, third]);
    expect(kit.cache.figures().coalesced).toBe(1);
  });

  it("fails its asker; who joined reads alone, once, and past the cache", async () => {
    const kit = new CacheKit();
    const leader = kit.cache.read([ask(["bad", "k1"], "v:a")], NEVER);
    const [followed, failed] = [kit.cache.read([ONE], 77), kit.cache.read([ONE], NEVER)];
    kit.pending.shift()!.reject(DOWN);
    await expect(leader).rejects.toBe(DOWN);
    expect(
      kit.pending.map(({ lookups, deadlineMs, isCached }) => [lookups.map(askedOf), deadlineMs, isCached]),
    ).toEqual([
      [["k1 v:a"], 77, false],
      [["k1 v:a"], NEVER, false],
    ]);
    kit.answer();
    expect(cellsOf((await followed)[0]!, ONE)[0]).toBe("k1/v/a@0");
    kit.pending.shift()!.reject(DOWN);
    await expect(failed).rejects.toBe(DOWN);
    expect(kit.pending).toHaveLength(0);
    expect(cellsOf((await kit.read(ONE))[0]!, ONE)[0]).toBe("k1/v/a@0");
    expect(kit.cache.figures()).toMatchObject({ filled: 1, misses: 5, coalesced: 2 });
  });

  it("fails a caller when one of its two loads does", async () => {
    const kit = new CacheKit();
    const first = kit.cache.read([ONE], NEVER);
    const both = kit.cache.read([ask(["k1", "k2"], "v:a")], NEVER);
    kit.pending.pop()!.reject(DOWN);
    await expect(both).rejects.toBe(DOWN);
    kit.answerAll();
    await first;
    expect(kit.readNow(ONE)).toBeDefined();
  });

  it("rejects, and throws nothing, when the store refuses at once", async () => {
    const kit = new CacheKit();
    const blocks = kit.cache.read([ONE], NEVER);
    kit.pending.shift()!.resolve([]);
    await expect(blocks).rejects.toThrow();
    expect(cellsOf((await kit.read(ONE))[0]!, ONE)[0]).toBe("k1/v/a@0");
  });
});

describe("CachedReads: deadlines", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function start(): { kit: CacheKit; pass: (ms: number) => Promise<void> } {
    const kit = new CacheKit({ startMs: 0 });
    const pass = async (ms: number): Promise<void> => {
      kit.nowMs += ms;
      await vi.advanceTimersByTimeAsync(ms);
    };
    return { kit, pass };
  }

  it("passes the first caller's deadline on, and ends a joined wait at its own", async () => {
    const { kit, pass } = start();
    const patient = kit.cache.read([ONE], NEVER);
    const hasty = kit.cache.read([ONE], 20);
    expect(kit.pending[0]!.deadlineMs).toBe(NEVER);
    const failed = expect(hasty).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await pass(19);
    kit.cache.figures();
    await pass(2);
    await failed;
    kit.answerAll();
    expect(cellsOf((await patient)[0]!, ONE)[0]).toBe("k1/v/a@0");
    expect(kit.readNow(ONE)).toBeDefined();
  });

  it("repeats a load that failed by its first caller's deadline for those who have time", async () => {
    const { kit, pass } = start();
    const hasty = kit.cache.read([ONE], 10);
    const middle = kit.cache.read([ONE], 50);
    const patient = kit.cache.read([ONE], 60);
    const failed = expect(hasty).rejects.toBe(LATE);
    await pass(10);
    kit.pending.shift()!.reject(LATE);
    await failed;
    expect(kit.pending.map(({ deadlineMs }) => deadlineMs)).toEqual([60]);
    const late = expect(middle).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await pass(45);
    await late;
    kit.answerAll();
    expect(cellsOf((await patient)[0]!, ONE)[0]).toBe("k1/v/a@0");
    // Its read began when it was repeated.
    kit.nowMs = 1009;
    expect(kit.readNow(ONE)).toBeDefined();
    kit.nowMs = 1010;
    expect(kit.readNow(ONE)).toBeUndefined();
  });

  it("repeats nothing when the time of all is up, or when it was not for the deadline", async () => {
    const { kit, pass } = start();
    const hasty = kit.cache.read([ONE], 10);
    const joined = kit.cache.read([ONE], 100);
    const failures = Promise.all([expect(hasty).rejects.toBe(LATE), expect(joined).rejects.toBe(LATE)]);
    await pass(5);
    kit.pending.shift()!.reject(LATE);
    // For whatever reason it was, it was not the deadline: who joined tries for itself.
    await pass(0);
    kit.pending.shift()!.reject(LATE);
    await failures;
    expect(kit.pending).toHaveLength(0);
    const alone = expect(kit.cache.read([ONE], 20)).rejects.toBe(LATE);
    await pass(20);
    kit.pending.shift()!.reject(LATE);
    await alone;
    expect(kit.pending).toHaveLength(0);
  });

  it("leaves no timer behind", async () => {
    const { kit } = start();
    void kit.cache.read([ONE], NEVER);
    const joined = kit.cache.read([ONE], 1000);
    kit.answerAll();
    await joined;
    kit.cache.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("CachedReads: many rows", () => {
  const wide = Array.from({ length: 999 }, (_, index) => `f${index}`).join(",");
  const keys = ["k1", "k2", "k3", "k4", "k5"];
  /** 1,000 cells a key: two of them are as many as a small read has. */
  const FIVE = ask(keys, `v:${wide}`);

  it("are read in small reads, one after the other, and all kept", async () => {
    const kit = new CacheKit();
    const answer = kit.cache.read([FIVE], NEVER);
    const seen: string[] = [];
    while (kit.pending.length > 0) {
      expect(kit.pending).toHaveLength(1);
      seen.push(kit.pending[0]!.lookups.map(({ keys: asked }) => asked.join("+")).join());
      kit.answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen).toEqual(["k1+k2", "k3+k4", "k5"]);
    const [block] = await answer;
    expect(keys.map((key, index) => cellsOf(block!, FIVE, index)[998] === `${key}/v/f998@0`)).not.toContain(false);
    expect(kit.readNow(FIVE)).toBeDefined();
    expect(kit.cache.figures()).toMatchObject({ filled: 5, misses: 5, coalesced: 0 });
  });

  it("fail the caller with the first read that does; the rest is read all the same", async () => {
    const kit = new CacheKit();
    const answer = kit.cache.read([FIVE], NEVER);
    kit.answer();
    await new Promise((resolve) => setImmediate(resolve));
    kit.pending.shift()!.reject(DOWN);
    await expect(answer).rejects.toBe(DOWN);
    await new Promise((resolve) => setImmediate(resolve));
    kit.answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect([kit.pending.length, kit.cache.figures().filled]).toEqual([0, 3]);
  });

  it("past their ttl are read anew as far as one small read goes", async () => {
    const kit = new CacheKit({ policy: { policy: "swr" } });
    const answer = kit.cache.read([FIVE], NEVER);
    for (let read = 0; read < 3; read += 1) {
      kit.answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await answer;
    kit.nowMs += 1000;
    expect(kit.readNow(FIVE)).toBeDefined();
    expect(kit.pending.map(({ lookups }) => lookups[0]!.keys.join("+"))).toEqual(["k1+k2"]);
    expect(kit.readNow(FIVE)).toBeDefined();
    expect(kit.pending.map(({ lookups }) => lookups[0]!.keys.join("+"))).toEqual(["k1+k2", "k3+k4"]);
  });
});
