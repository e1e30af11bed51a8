/**
 * Many callers at once over a store that answers as Redis does over one connection: commands run in the order they were sent, and a
 * change is told behind the replies that came before it, once for a key that was read. What a caller gets is held against every write.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Lookup, RowBlock } from "../../../src/model/lookup.ts";
import { ServeError } from "../../../src/model/serve-error.ts";
import { ask, CacheKit, type CacheKitOptions, cellsOf, newFeed, type PendingLoad } from "./cache-kit.ts";

const KEYS = ["k1", "k2", "k3"];
const TTL_MS = 100;
const STALE_FOR_MS = 60;

type Step =
  | { readonly kind: "read"; readonly keys: readonly string[]; readonly views: readonly string[] }
  | { readonly kind: "write"; readonly key: string }
  | { readonly kind: "run" | "deliver" | "lost" | "settle" }
  | { readonly kind: "pass"; readonly ms: number };

const view = fc
  .tuple(fc.constantFrom("v", "w"), fc.shuffledSubarray(["a", "b", "c"], { minLength: 1 }))
  .map(([name, features]) => `${name}:${features.join(",")}`);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      keys: fc.shuffledSubarray(KEYS, { minLength: 1, maxLength: 2 }),
      views: fc.array(view, { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("write" as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("run" as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("deliver" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("settle" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lost" as const) }) },
);

/** The kit's store behind a connection. */
class Connection {
  readonly kit: CacheKit;
  readonly #replies: (() => void)[] = [];
  readonly #tracked = new Set<string>();

  constructor(options: CacheKitOptions) {
    this.kit = new CacheKit(options);
  }

  /** The server runs the next command. */
  run(): void {
    const load = this.kit.pending.shift();
    if (load === undefined) return;
    const blocks = this.kit.blocks(load.lookups);
    if (load.isCached) for (const { keys } of load.lookups) for (const key of keys) this.#tracked.add(key.toString());
    this.#replies.push(() => load.resolve(blocks));
  }

  write(key: string, onTold: () => void): void {
    this.kit.write(key);
    const isTracked = this.#tracked.delete(key);
    this.#replies.push(() => {
      if (isTracked) this.kit.keyChanged(key);
      onTold();
    });
  }

  get isBusy(): boolean {
    return this.#replies.length + this.kit.pending.length > 0;
  }

  deliver(): void {
    this.#replies.shift()?.();
  }

  lost(onTold: () => void): void {
    this.kit.feed!.isTrusted = false;
    this.kit.feed = newFeed();
    this.#tracked.clear();
    this.#replies.length = 0;
    const unanswered: PendingLoad[] = this.kit.pending.splice(0);
    for (const load of unanswered) load.reject(new ServeError("UNAVAILABLE", "lost"));
    onTold();
  }
}

/** A write of a key, and when it could be known here. */
interface Write {
  readonly atMs: number;
  isTold: boolean;
}

class Checker {
  readonly connection: Connection;
  readonly writes = new Map<string, Write[]>(KEYS.map((key) => [key, []]));
  answers = 0;
  hits = 0;
  readonly #maxAgeMs: number;

  constructor(options: CacheKitOptions, maxAgeMs: number) {
    this.connection = new Connection(options);
    this.#maxAgeMs = maxAgeMs;
  }

  async step(of: Step): Promise<void> {
    const { connection } = this;
    const { kit } = connection;
    if (of.kind === "read") this.#read(ask(of.keys, ...of.views));
    else if (of.kind === "write") {
      const write = { atMs: kit.nowMs, isTold: false };
      this.writes.get(of.key)!.push(write);
      connection.write(of.key, () => {
        write.isTold = true;
      });
    } else if (of.kind === "run") connection.run();
    else if (of.kind === "deliver") connection.deliver();
    else if (of.kind === "settle") this.#settle();
    else if (of.kind === "pass") kit.nowMs += of.ms;
    else if (of.kind === "lost") connection.lost(() => this.#allTold());
    await new Promise((resolve) => setImmediate(resolve));
  }

  #settle(): void {
    while (this.connection.isBusy) {
      this.connection.run();
      this.connection.deliver();
    }
  }

  /** A lost connection is known to be lost: nothing that was read over it is believed. */
  #allTold(): void {
    for (const writes of this.writes.values()) for (const write of writes) write.isTold = true;
  }

  #read(lookup: Lookup): void {
    const { kit } = this.connection;
    const startMs = kit.nowMs;
    const told = lookup.keys.map((key) => this.writes.get(key.toString())!.findLastIndex((write) => write.isTold) + 1);
    const now = kit.readNow(lookup);
    if (now !== undefined) {
      this.hits += 1;
      this.#check(lookup, now, startMs, told);
      return;
    }
    kit.cache
      .read([lookup], Number.POSITIVE_INFINITY)
      .then(
        (blocks) => this.#check(lookup, blocks, startMs, told),
        (error) => expect(error).toBeInstanceOf(ServeError),
      )
      .catch((error: unknown) => this.failures.push(error));
  }

  readonly failures: unknown[] = [];

  #check(lookup: Lookup, blocks: readonly RowBlock[], startMs: number, told: readonly number[]): void {
    this.answers += 1;
    for (const [index, bytes] of lookup.keys.entries()) {
      const key = bytes.toString();
      const cells = cellsOf(blocks[0]!, lookup, index);
      let slot = 0;
      for (const { storageName, featureNames } of lookup.shape.views) {
        const version = Number(cells[slot + featureNames.length]!.slice(1));
        // One read of one view: all cells are of one version.
        const whole = featureNames.map((feature) => `${key}/${storageName}/${feature}@${version}`);
        expect(cells.slice(slot, slot + featureNames.length)).toEqual(whole);
        slot += featureNames.length + 1;
        // Whoever asks after a change was told sees it.
        expect(version).toBeGreaterThanOrEqual(told[index]!);
        // Told or not, it was the latest less than the longest life ago.
        const next = this.writes.get(key)![version];
        if (next !== undefined) expect(startMs - next.atMs).toBeLessThan(this.#maxAgeMs);
      }
    }
  }

  async end(): Promise<void> {
    await this.step({ kind: "settle" });
    if (this.failures.length > 0) throw this.failures[0];
  }
}

describe("CachedReads over a connection that tells of changes", () => {
  it.each([
    ["ttl", {}, TTL_MS],
    ["swr", { policy: "swr" as const }, TTL_MS + STALE_FOR_MS],
  ])(
    "is never mixed, never behind what was told, never older than %s allows",
    async (_, policy, maxAgeMs) => {
      let answers = 0;
      let hits = 0;
      let coalesced = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 120, size: "max" }), async (steps) => {
          const checker = new Checker({ policy: { ttlMs: TTL_MS, staleForMs: STALE_FOR_MS, ...policy } }, maxAgeMs);
          for (const of of steps) await checker.step(of);
          await checker.end();
          answers += checker.answers;
          hits += checker.hits;
          coalesced += checker.connection.kit.cache.figures().coalesced;
        }),
        { numRuns: 150 },
      );
      // It did look at something.
      expect(Math.min(answers, 4 * hits, coalesced)).toBeGreaterThan(500);
    },
    20_000,
  );
});
