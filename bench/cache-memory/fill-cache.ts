/** Asks a cache for very many keys, each at least once and some again and again, while the store tells of changes. */
import { CachedReads } from "../../src/cache/cached-reads.ts";
import { createRandom } from "../load/random.ts";
import { EntityKeys, PROJECT } from "./entity-keys.ts";
import type { SyntheticStore } from "./synthetic-store.ts";
import type { Workload } from "./workload.ts";

/** Of a call. */
const NEW_KEYS = 48;
const POPULAR_KEYS = 16;
/** On the cache's clock, which runs as fast as keys are asked: rows outlive their ttl in a long run, and no change storm is seen. */
const KEYS_PER_MS = 10;
const TTL_MS = 300_000;
const MAX_LAG_MS = 500;
/** Of the keys asked, changed while they are read or after. */
const CHANGED_SHARE = 1 / 32;
/** As many as a freshness signal can name; the cache remembers them at least for `MAX_LAG_MS`, and here until it is measured. */
const SIGNALLED_KEYS = 15_000;
/** Times in a run that news come which concern many rows. */
const NEWS = 20;
/** With which of them all is lost: early, so that the cache is full again when it is measured. */
const LOSS = 3;

export interface Fill {
  readonly workload: Workload;
  readonly store: SyntheticStore;
  readonly maxBytes: number;
  /** Asked in all, without those asked again. */
  readonly keys: number;
}

export class CacheFill {
  readonly cache: CachedReads;
  readonly #fill: Fill;
  readonly #keyOf: EntityKeys;
  readonly #random = createRandom(1);
  #asked = 0;
  #news = 0;
  #nowMs = 1_000_000;

  constructor(fill: Fill) {
    this.#fill = fill;
    this.#keyOf = new EntityKeys(fill.workload.tenantKey);
    this.cache = new CachedReads((lookups) => fill.store.read(lookups), {
      settings: {
        mode: "live",
        maxBytes: fill.maxBytes,
        policy: { policy: "ttl", ttlMs: TTL_MS, isTtlNamed: false, staleForMs: TTL_MS, negativeTtlMs: TTL_MS },
        jitter: 0.1,
        tenantKey: fill.workload.tenantKey,
        tenantMaxShare: 0.5,
        views: new Map(),
      },
      tellsChanges: true,
      maxLagMs: MAX_LAG_MS,
      projectBytes: PROJECT,
      entityKeyVersion: 3,
      viewTtlMs: () => 0,
      knowsView: () => true,
      now: () => this.#nowMs,
      random: this.#random,
    });
  }

  /** Asks on until so many of the keys were asked for. */
  async until(asked: number): Promise<void> {
    while (this.#asked < asked) {
      if (this.#asked >= (this.#news * this.#fill.keys) / NEWS) this.#bringNews();
      await this.#ask();
    }
  }

  async #ask(): Promise<void> {
    const { shapes } = this.#fill.workload;
    const numbers = this.#nextNumbers();
    const keys = numbers.map((number) => this.#keyOf.of(number));
    const lookups = [{ shape: shapes[this.#below(shapes.length)]!, keys }];
    this.#nowMs += keys.length / KEYS_PER_MS;
    if (this.cache.readNow(lookups, this.#nowMs) !== undefined) return;
    const answer = this.cache.read(lookups, Number.POSITIVE_INFINITY);
    const changed = keys.filter(() => this.#random() < CHANGED_SHARE);
    const whileRead = changed.length >> 1;
    for (const key of changed.slice(0, whileRead)) this.cache.changes.keyChanged(storeKey(key));
    await answer;
    for (const key of changed.slice(whileRead)) this.cache.changes.keyChanged(storeKey(key));
  }

  /** Numbers not asked for yet, and some that were: number n with a probability of about 1 / n. */
  #nextNumbers(): number[] {
    const numbers = new Set<number>();
    for (let n = 0; n < POPULAR_KEYS && this.#asked > 0; n += 1) numbers.add(Math.floor(this.#asked ** this.#random()));
    for (let n = 0; n < NEW_KEYS; n += 1) numbers.add(this.#asked++);
    return [...numbers];
  }

  #bringNews(): void {
    const { changes } = this.cache;
    if (this.#news === LOSS) changes.allChanged();
    else if (this.#news % 4 === 0) changes.viewChanged("b", undefined);
    else if (this.#news % 4 === 1) this.#fill.store.reconnect();
    const signalled = Array.from({ length: SIGNALLED_KEYS }, () => storeKey(this.#keyOf.of(this.#below(this.#asked))));
    changes.viewChanged("a", signalled);
    this.#news += 1;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }
}

function storeKey(key: Buffer): Buffer {
  return Buffer.concat([key, PROJECT]);
}
