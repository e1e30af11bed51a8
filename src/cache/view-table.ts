/** What the cache knows of each view: its policy, what was counted, and the lists of fields that its rows were read with. */
import type { CachePolicy } from "../model/cache-settings.ts";
import { nameWithoutVersion } from "../model/stored-view.ts";

/**
 * The features that one command read of a view, in the order of its slots. One object per content, so that it is compared by identity;
 * once dropped, all rows that were read with it are as good as gone.
 */
export class FieldList {
  readonly view: ViewState;
  readonly names: readonly string[];
  readonly id: number;
  isDropped = false;
  /** Feature → its place in `names`. */
  readonly places = new Map<string, number>();

  constructor(view: ViewState, names: readonly string[], id: number) {
    this.view = view;
    this.names = names;
    this.id = id;
    for (const [place, name] of names.entries()) this.places.set(name, place);
  }
}

/** Of views that clients can make up fields for: of more names than these together, in all lists of a view, none is kept. */
const MAX_NAMES = 32_768;
/** Longest list that the fields of an entry are taken into; a longer one is not extended but replaced. */
const MAX_UNION = 2048;
/** Views of a registry and all versions it ever had. Rows of further ones are not kept. */
const MAX_VIEWS = 4096;

let nextFieldListId = 0;

export class ViewState {
  /** As written to the store. */
  readonly storageName: string;
  readonly policy: CachePolicy;
  /** Feast's ttl in the registry in use, 0 = none. */
  viewTtlMs = 0;
  /** Rows whose read began before may be older than what was signalled. */
  noFillBeforeMs = Number.NEGATIVE_INFINITY;
  /** In the cache, without those of dropped lists. */
  rows = 0;
  hits = 0;
  misses = 0;
  readonly #lists = new Map<string, FieldList>();
  #namesHeld = 0;
  readonly #onOverflow: (rows: number) => void;

  /** @param onOverflow told how many rows went because of too many lists */
  constructor(storageName: string, policy: CachePolicy, onOverflow: (rows: number) => void) {
    this.storageName = storageName;
    this.policy = policy;
    this.#onOverflow = onOverflow;
  }

  get isDisabled(): boolean {
    return this.policy.policy === "disabled";
  }

  /** The list of these features in this order. */
  listOf(names: readonly string[]): FieldList {
    const key = JSON.stringify(names);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    if (this.#namesHeld + names.length > MAX_NAMES) this.#onOverflow(this.dropRows());
    this.#namesHeld += names.length;
    const list = new FieldList(this, names, nextFieldListId++);
    this.#lists.set(key, list);
    return list;
  }

  /** What both lists hold; sorted where neither holds the other, so that the same content is the same list. */
  union(wanted: FieldList, held: FieldList): FieldList {
    if (contains(wanted, held)) return wanted;
    if (contains(held, wanted)) return held.isDropped ? this.listOf(held.names) : held;
    const names = new Set([...held.names, ...wanted.names]);
    return names.size > MAX_UNION ? wanted : this.listOf([...names].sort());
  }

  /** All rows of the view are gone; their memory is let go as they are come across. @returns how many there were */
  dropRows(): number {
    for (const list of this.#lists.values()) list.isDropped = true;
    this.#lists.clear();
    this.#namesHeld = 0;
    const { rows } = this;
    this.rows = 0;
    return rows;
  }
}

function contains(list: FieldList, other: FieldList): boolean {
  if (list === other) return true;
  for (const name of other.names) if (!list.places.has(name)) return false;
  return true;
}

/** Views by their name in the store. */
export class ViewTable {
  readonly #views = new Map<string, ViewState>();
  readonly #policyOf: (storageName: string) => CachePolicy;
  readonly #viewTtlMs: (storageName: string) => number;
  readonly #onOverflow: (rows: number) => void;

  /** @param viewTtlMs Feast's ttl, 0 = none; asked when a view comes up, and in {@link registryChanged} */
  constructor(
    policyOf: (storageName: string) => CachePolicy,
    viewTtlMs: (storageName: string) => number,
    onOverflow: (rows: number) => void,
  ) {
    this.#policyOf = policyOf;
    this.#viewTtlMs = viewTtlMs;
    this.#onOverflow = onOverflow;
  }

  of(storageName: string): ViewState {
    let view = this.#views.get(storageName);
    if (view === undefined) {
      const isFull = this.#views.size >= MAX_VIEWS;
      const policy = this.#policyOf(storageName);
      view = new ViewState(storageName, isFull ? { ...policy, policy: "disabled" } : policy, this.#onOverflow);
      view.viewTtlMs = this.#viewTtlMs(storageName);
      // A signal names the view; this version of it may be read for the first time.
      const named = this.#views.get(nameWithoutVersion(storageName));
      if (named !== undefined) view.noFillBeforeMs = named.noFillBeforeMs;
      if (!isFull) this.#views.set(storageName, view);
    }
    return view;
  }

  /** Rows of views whose Feast ttl is shorter now go, for they may be kept for too long. @returns how many there were */
  registryChanged(): number {
    let rows = 0;
    for (const view of this.#views.values()) {
      const ttlMs = this.#viewTtlMs(view.storageName);
      const isShorter = ttlMs > 0 && (view.viewTtlMs === 0 || ttlMs < view.viewTtlMs);
      view.viewTtlMs = ttlMs;
      if (isShorter) rows += view.dropRows();
    }
    return rows;
  }

  /** Oldest first. */
  values(): IterableIterator<ViewState> {
    return this.#views.values();
  }
}
