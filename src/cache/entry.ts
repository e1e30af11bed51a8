/** What is kept of one entity: a row for each view that was read, in a chain. */
import type { RowFeed } from "../model/lookup.ts";
import { Link } from "./linked-list.ts";
import type { Tenant } from "./tenants.ts";
import type { FieldList, ViewState } from "./view-table.ts";

/**
 * A row beside its bytes: itself with its two times, a Buffer and its ArrayBuffer. Measured after two forced collections, Node 26: 312
 * bytes of heap and external memory; the rest is about what V8 and malloc keep outside of both.
 */
const ROW_BYTES = 400;
/** An entity: object, string, and its share of a Map that is between a quarter and half full. Measured: 201. */
const ENTRY_BYTES = 232;
/** Its place among those of its tenant. Measured: 49. */
const LINK_BYTES = 56;

/** One view of one entity as one command read it. Never changed, only replaced. */
export class CachedRow {
  readonly fields: FieldList;
  /** See packed-cells.ts. */
  readonly packed: Buffer;
  readonly feed: RowFeed | undefined;
  /** When its read began. */
  readonly readMs: number;
  /** Fresh before. */
  readonly freshUntilMs: number;
  /** It has no timestamp: it does not exist in the store. */
  readonly isAbsent: boolean;
  next: CachedRow | undefined = undefined;

  constructor(
    fields: FieldList,
    packed: Buffer,
    feed: RowFeed | undefined,
    readMs: number,
    freshUntilMs: number,
    isAbsent: boolean,
  ) {
    this.fields = fields;
    this.packed = packed;
    this.feed = feed;
    this.readMs = readMs;
    this.freshUntilMs = freshUntilMs;
    this.isAbsent = isAbsent;
  }

  get bytes(): number {
    return ROW_BYTES + this.packed.length;
  }

  /** Changes of it may have gone unnoticed. */
  isSuspect(nowMs: number): boolean {
    return this.feed !== undefined && (!this.feed.isTrusted || nowMs >= this.feed.trustedUntilMs);
  }
}

/** A key as entries and flights are found by it: a character for each byte. */
export function keyId(key: Buffer, bytes: number = key.length): string {
  return key.toString("latin1", 0, bytes);
}

/** What a row is good for. */
export const Use = {
  /** Nothing, but for what {@link mayShowStale} says. */
  NONE: 0,
  FRESH: 1,
  /** Past its ttl; shown while it is read anew. */
  SWR: 2,
} as const;

export type RowUse = (typeof Use)[keyof typeof Use];

export function useOf(row: CachedRow, nowMs: number): RowUse {
  if (row.isSuspect(nowMs) || row.fields.isDropped) return Use.NONE;
  if (nowMs < row.freshUntilMs) return Use.FRESH;
  const { policy, viewTtlMs } = row.fields.view;
  if (policy.policy !== "swr" || row.isAbsent || nowMs >= row.freshUntilMs + policy.staleForMs) return Use.NONE;
  // Unmarked answers are never older than Feast's own ttl.
  return viewTtlMs > 0 && nowMs >= row.readMs + viewTtlMs ? Use.NONE : Use.SWR;
}

/** It may be shown where nothing better can be had, marked as stale. A row that did not exist then may exist now. */
export function mayShowStale(row: CachedRow, nowMs: number): boolean {
  if (row.fields.isDropped || row.isAbsent) return false;
  return nowMs < row.freshUntilMs + row.fields.view.policy.staleForMs;
}

export class Entry extends Link {
  readonly key: string;
  readonly tenant: Tenant | undefined;
  /** Its place among those of its tenant. */
  readonly ofTenant: TenantLink | undefined;
  first: CachedRow | undefined = undefined;
  /** Asked for since it was last about to be evicted. */
  isUsed = false;
  bytes: number;

  /** @param key the serialized entity key, a character for each byte */
  constructor(key: string, tenant: Tenant | undefined) {
    super();
    this.key = key;
    this.tenant = tenant;
    this.ofTenant = tenant === undefined ? undefined : new TenantLink(this);
    this.bytes = ENTRY_BYTES + key.length + (tenant === undefined ? 0 : LINK_BYTES);
  }

  /** Puts a row in place of the one of its view; a new one last, so that the chain has the order of what is asked. @returns that one */
  put(row: CachedRow): CachedRow | undefined {
    const replaced = this.take(row.fields.view);
    let last = this.first;
    while (last?.next !== undefined) last = last.next;
    if (last === undefined) this.first = row;
    else last.next = row;
    this.bytes += row.bytes;
    return replaced;
  }

  /** Takes out the row of a view. */
  take(view: ViewState): CachedRow | undefined {
    let before: CachedRow | undefined;
    for (let row = this.first; row !== undefined; before = row, row = row.next) {
      if (row.fields.view !== view) continue;
      if (before === undefined) this.first = row.next;
      else before.next = row.next;
      this.bytes -= row.bytes;
      return row;
    }
    return undefined;
  }
}

export class TenantLink extends Link {
  readonly entry: Entry;

  constructor(entry: Entry) {
    super();
    this.entry = entry;
  }
}

/** The row of a view, looked for from `from` on and then from the start: views are asked for in the order of the chain. */
export function findRow(entry: Entry, from: CachedRow | undefined, view: ViewState): CachedRow | undefined {
  for (let row = from; row !== undefined; row = row.next) if (row.fields.view === view) return row;
  for (let row = entry.first; row !== from && row !== undefined; row = row.next) {
    if (row.fields.view === view) return row;
  }
  return undefined;
}
