/** All entries, bounded in bytes: what was not asked for the longest goes first, of tenants above their share before all else. */
import type { CachedRow } from "./entry.ts";
import { Entry } from "./entry.ts";
import { LinkedList } from "./linked-list.ts";
import type { TenantOfKey } from "./tenant-of-key.ts";
import { Tenants } from "./tenants.ts";
import type { ViewState } from "./view-table.ts";

/** Entries that get a second chance before one goes that was used as well: bounds what an eviction takes. */
const MOST_CHANCES = 8;

export interface RowLruOptions {
  readonly maxBytes: number;
  /** undefined = all entries belong to one tenant. */
  readonly tenantOf: TenantOfKey | undefined;
  /** 0–1, of `maxBytes`. */
  readonly tenantMaxShare: number;
}

export class RowLru {
  readonly #entries = new Map<string, Entry>();
  readonly #list = new LinkedList<Entry>();
  readonly #tenants: Tenants | undefined;
  readonly #tenantOf: TenantOfKey | undefined;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor({ maxBytes, tenantOf, tenantMaxShare }: RowLruOptions) {
    this.#maxBytes = maxBytes;
    this.#tenantOf = tenantOf;
    this.#tenants = tenantOf === undefined ? undefined : new Tenants(maxBytes * tenantMaxShare);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Memory of all entries, with overhead. */
  get bytes(): number {
    return this.#tenants === undefined ? this.#bytes : this.#bytes + this.#tenants.bytes;
  }

  /** Does not count as use: set `isUsed`. */
  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** The entry of a key, made if need be; it may go again with the next {@link evict}. */
  entryOf(key: string, keyBytes: Buffer): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const tenant = this.#tenantOf === undefined ? undefined : this.#tenants?.of(this.#tenantOf.read(keyBytes));
    const entry = new Entry(key, tenant);
    this.#entries.set(key, entry);
    this.#list.addFirst(entry);
    this.#bytes += entry.bytes;
    if (tenant !== undefined) this.#tenants?.added(entry, tenant);
    return entry;
  }

  put(entry: Entry, row: CachedRow): void {
    const before = entry.bytes;
    const replaced = entry.put(row);
    if (replaced !== undefined && !replaced.fields.isDropped) replaced.fields.view.rows -= 1;
    row.fields.view.rows += 1;
    this.#resized(entry, entry.bytes - before);
  }

  /** Takes a view's row out, and its entry if that was all. @returns rows that are gone, 0 or 1 */
  takeRow(entry: Entry, view: ViewState): number {
    const before = entry.bytes;
    const row = entry.take(view);
    if (row === undefined) return 0;
    this.#resized(entry, entry.bytes - before);
    if (entry.first === undefined) this.remove(entry);
    if (row.fields.isDropped) return 0;
    view.rows -= 1;
    return 1;
  }

  /** @returns rows that are gone */
  remove(entry: Entry): number {
    this.#entries.delete(entry.key);
    this.#list.remove(entry);
    this.#bytes -= entry.bytes;
    if (entry.tenant !== undefined) this.#tenants?.removed(entry, entry.tenant);
    let rows = 0;
    for (let row = entry.first; row !== undefined; row = row.next) {
      if (row.fields.isDropped) continue;
      row.fields.view.rows -= 1;
      rows += 1;
    }
    return rows;
  }

  /** Makes room. @returns rows that are gone */
  evict(): number {
    let rows = 0;
    let chances = MOST_CHANCES;
    while (this.bytes > this.#maxBytes) {
      const entry = this.#tenants?.victim() ?? this.#list.last;
      if (entry === undefined) break;
      if (entry.isUsed && chances > 0) {
        chances -= 1;
        this.#moveFirst(entry);
        continue;
      }
      rows += this.remove(entry);
    }
    return rows;
  }

  /** The rows of the views are not counted down: the caller drops them. */
  clear(): void {
    this.#entries.clear();
    this.#list.clear();
    this.#tenants?.clear();
    this.#bytes = 0;
  }

  #moveFirst(entry: Entry): void {
    entry.isUsed = false;
    this.#list.remove(entry);
    this.#list.addFirst(entry);
    if (entry.tenant !== undefined) this.#tenants?.moveFirst(entry, entry.tenant);
  }

  #resized(entry: Entry, byBytes: number): void {
    this.#bytes += byBytes;
    if (entry.tenant !== undefined) this.#tenants?.resized(entry.tenant, byBytes);
  }
}
