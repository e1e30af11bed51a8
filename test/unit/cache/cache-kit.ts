/** A cache over a store that answers when the test says so. */
import { CachedReads, type CachedReadsOptions } from "../../../src/cache/cached-reads.ts";
import type { CachePolicy, CacheSettings } from "../../../src/model/cache-settings.ts";
import type { Lookup, LookupShape, RowBlock, RowFeed } from "../../../src/model/lookup.ts";
import { shapeOf } from "../store/lookup-fixture.ts";

export const PROJECT = Buffer.from("shop");

export const POLICY: CachePolicy = {
  policy: "ttl",
  ttlMs: 1000,
  isTtlNamed: false,
  staleForMs: 5000,
  negativeTtlMs: 100,
};

export interface TestFeed extends RowFeed {
  isTrusted: boolean;
  trustedUntilMs: number;
}

/** Of a node that tells changes. */
export function newFeed(): TestFeed {
  return { isTrusted: true, trustedUntilMs: Number.POSITIVE_INFINITY, isTold: true };
}

/** A call of the store that has not been answered. */
export interface PendingLoad {
  readonly lookups: readonly Lookup[];
  readonly deadlineMs: number;
  readonly isCached: boolean;
  resolve(blocks: readonly RowBlock[]): void;
  reject(error: unknown): void;
}

export interface CacheKitOptions
  extends Partial<Omit<CacheSettings, "policy">>,
    Partial<Pick<CachedReadsOptions, "tellsChanges" | "maxLagMs" | "viewTtlMs" | "knowsView" | "random">> {
  readonly policy?: Partial<CachePolicy>;
  readonly startMs?: number;
}

export class CacheKit {
  nowMs: number;
  readonly cache: CachedReads;
  readonly pending: PendingLoad[] = [];
  /** All calls so far. */
  loads = 0;
  feed: TestFeed | undefined = newFeed();
  lagMs = 0;
  /** `key/view` of rows that do not exist. */
  readonly absent = new Set<string>();
  /** `key` → number of writes, part of all its cells. */
  readonly versions = new Map<string, number>();

  constructor(options: CacheKitOptions = {}) {
    const { policy, startMs = 1_000_000, tellsChanges = true, maxLagMs = 500, ...rest } = options;
    const { viewTtlMs = () => 0, knowsView = () => true, random = () => 0, ...settings } = rest;
    this.nowMs = startMs;
    this.cache = new CachedReads(
      (lookups, deadlineMs, isCached) =>
        new Promise((resolve, reject) => {
          this.loads += 1;
          this.pending.push({ lookups, deadlineMs, isCached, resolve, reject });
        }),
      {
        settings: {
          mode: "live",
          maxBytes: 64 * 1024 * 1024,
          jitter: 0,
          tenantKey: "",
          tenantMaxShare: 0.5,
          views: new Map(),
          ...settings,
          policy: { ...POLICY, ...policy },
        },
        tellsChanges,
        maxLagMs,
        projectBytes: PROJECT,
        entityKeyVersion: 3,
        viewTtlMs,
        knowsView,
        now: () => this.nowMs,
        random,
      },
    );
  }

  /** Reads and lets the store answer at once. */
  async read(...lookups: Lookup[]): Promise<readonly RowBlock[]> {
    const answer = this.cache.read(lookups, Number.POSITIVE_INFINITY);
    this.answerAll();
    return answer;
  }

  readNow(...lookups: Lookup[]): readonly RowBlock[] | undefined {
    return this.cache.readNow(lookups, this.nowMs);
  }

  /** Answers the oldest pending call as the store is now. */
  answer(index = 0): void {
    const [load] = this.pending.splice(index, 1);
    load!.resolve(this.blocks(load!.lookups));
  }

  answerAll(): void {
    while (this.pending.length > 0) this.answer();
  }

  /** What the store would answer now: all cells of a row in one buffer, with other bytes around. */
  blocks(lookups: readonly Lookup[]): RowBlock[] {
    return lookups.map(({ shape, keys }) => {
      const spans = new Int32Array(2 * keys.length * shape.stride).fill(-1);
      const sources = keys.map((key, index) => this.#row(key.toString(), shape, spans, index * shape.stride));
      return { sources, spans, lagMs: this.lagMs, feed: this.feed };
    });
  }

  #row(key: string, shape: LookupShape, spans: Int32Array, first: number): Buffer {
    let text = "+";
    const put = (slot: number, cell: string): void => {
      spans[2 * (first + slot)] = text.length;
      text += cell;
      spans[2 * (first + slot) + 1] = text.length;
      text += "\r\n";
    };
    for (const view of shape.views) {
      if (this.absent.has(`${key}/${view.storageName}`)) continue;
      for (const [index, name] of view.featureNames.entries()) {
        if (!name.startsWith("never")) put(view.firstSlot + index, this.cell(key, view.storageName, name));
      }
      put(view.timestampSlot, `@${this.versions.get(key) ?? 0}`);
    }
    return Buffer.from(text);
  }

  cell(key: string, view: string, feature: string): string {
    return feature === "empty" ? "" : `${key}/${view}/${feature}@${this.versions.get(key) ?? 0}`;
  }

  write(key: string): void {
    this.versions.set(key, (this.versions.get(key) ?? 0) + 1);
  }

  /** As the store tells it. */
  keyChanged(key: string): void {
    this.cache.changes.keyChanged(storeKey(key));
  }

  viewChanged(view: string, ...keys: string[]): void {
    this.cache.changes.viewChanged(view, keys.length === 0 ? undefined : keys.map(storeKey));
  }
}

export function storeKey(key: string): Buffer {
  return Buffer.concat([Buffer.from(key), PROJECT]);
}

/** A lookup of these keys; each view as `name:feature,feature`. */
export function ask(keys: string | readonly string[], ...views: readonly string[]): Lookup {
  return { shape: shape(...views), keys: (typeof keys === "string" ? [keys] : keys).map((key) => Buffer.from(key)) };
}

const shapes = new Map<string, LookupShape>();

function shape(...views: readonly string[]): LookupShape {
  const id = views.join(" ");
  let known = shapes.get(id);
  if (known === undefined) {
    known = shapeOf(
      ...views.map((view) => {
        const [name, features = ""] = view.split(":");
        return [name!, ...(features === "" ? [] : features.split(","))] as const;
      }),
    );
    shapes.set(id, known);
  }
  return known;
}

/** The cells of one key as text; null = absent. */
export function cellsOf(block: RowBlock, { shape: { views, stride } }: Lookup, key = 0): (string | null)[] {
  const { sources, spans, sourcesPerKey = 1 } = block;
  const cells = new Array<string | null>(stride);
  for (const [index, view] of views.entries()) {
    const source = sources[sourcesPerKey === 1 ? key : key * sourcesPerKey + index]!;
    for (const slot of [...view.featureNames.keys()].map((i) => view.firstSlot + i).concat(view.timestampSlot)) {
      const cell = key * stride + slot;
      const start = spans[2 * cell]!;
      cells[slot] = start < 0 ? null : source.toString("latin1", start, spans[2 * cell + 1]!);
    }
  }
  return cells;
}

/** What a lookup asks, as {@link ask} takes it: keys and views. */
export function askedOf({ shape: { views }, keys }: Lookup): string {
  const asked = views.map(({ storageName, featureNames }) => `${storageName}:${featureNames.join(",")}`);
  return `${keys.join("+")} ${asked.join(" ")}`;
}
