import { describe, expect, it } from "vitest";
import { CachedRow } from "../../../src/cache/entry.ts";
import { RowLru } from "../../../src/cache/row-lru.ts";
import { TenantOfKey } from "../../../src/cache/tenant-of-key.ts";
import { ViewState } from "../../../src/cache/view-table.ts";
import { driverKeyHex } from "../store/lookup-fixture.ts";
import { POLICY } from "./cache-kit.ts";

function start(maxBytes: number, tenantMaxShare?: number) {
  const view = new ViewState("v", POLICY, () => {});
  const tenantOf = tenantMaxShare === undefined ? undefined : new TenantOfKey("driver_id", 3);
  const lru = new RowLru({ maxBytes, tenantOf, tenantMaxShare: tenantMaxShare ?? 1 });
  const put = (key: string, bytes = 0, of = view, keyBytes = Buffer.from(key)): number => {
    const entry = lru.entryOf(key, keyBytes);
    lru.put(entry, new CachedRow(of.listOf(["a"]), Buffer.alloc(bytes), undefined, 0, 1000, false));
    return lru.evict();
  };
  const has = (...keys: string[]): boolean[] => keys.map((key) => lru.get(key) !== undefined);
  return { lru, put, has, view };
}

describe("RowLru", () => {
  it("counts real bytes and never holds more than its limit", () => {
    const { lru, put, view } = start(100_000);
    for (let key = 0; key < 5000; key += 1) {
      put(`k${key % 1000}`, (key * 7919) % 9000);
      expect(lru.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(lru.size).toBeGreaterThan(10);
    let bytes = 0;
    for (let key = 0; key < 1000; key += 1) bytes += lru.get(`k${key}`)?.bytes ?? 0;
    expect(lru.bytes).toBe(bytes);
    expect(view.rows).toBe(lru.size);
    for (let key = 0; key < 1000; key += 1) {
      const entry = lru.get(`k${key}`);
      if (entry !== undefined) lru.remove(entry);
    }
    expect([lru.bytes, lru.size, view.rows]).toEqual([0, 0, 0]);
  });

  it("lets go what was not asked for the longest", () => {
    const { lru, put, has } = start(10_000);
    for (const key of ["a", "b", "c"]) put(key, 2000);
    lru.get("a")!.isUsed = true;
    expect(put("d", 2000)).toBe(1);
    expect(has("a", "b", "c", "d")).toEqual([true, false, true, true]);
    expect(put("e", 2000)).toBe(1);
    expect(has("a", "c", "d", "e")).toEqual([true, false, true, true]);
  });

  it("looks at few entries when all are in use", () => {
    const { lru, put, has } = start(66_000);
    const keys = Array.from({ length: 40 }, (_, key) => `k${key}`);
    for (const key of keys) put(key, 1000);
    for (const key of keys) {
      const entry = lru.get(key);
      if (entry !== undefined) entry.isUsed = true;
    }
    put("new", 2000);
    expect(has(...keys).filter(Boolean).length).toBeGreaterThan(35);
    const stillUsed = keys.filter((key) => lru.get(key)?.isUsed).length;
    expect(stillUsed).toBeGreaterThan(20);
    expect(has("k0", "k8")).toEqual([true, false]);
    expect(lru.bytes).toBeLessThanOrEqual(66_000);
  });

  it("empties itself for a row that is larger than all of it", () => {
    const { lru, put } = start(5000);
    put("a");
    put("b", 6000);
    expect([lru.size, lru.bytes]).toEqual([0, 0]);
  });

  it("keeps the rows of an entry apart, and the entry as long as there are any", () => {
    const { lru, put, view } = start(100_000);
    const other = new ViewState("w", POLICY, () => {});
    put("a", 10);
    put("a", 20, other);
    put("a", 30);
    const entry = lru.get("a")!;
    expect([view.rows, other.rows, lru.size]).toEqual([1, 1, 1]);
    const { bytes } = entry;
    expect([lru.takeRow(entry, view), lru.takeRow(entry, view)]).toEqual([1, 0]);
    expect(bytes - lru.bytes).toBeGreaterThan(30);
    expect(lru.size).toBe(1);
    expect(lru.takeRow(entry, other)).toBe(1);
    expect([lru.size, lru.bytes, view.rows, other.rows]).toEqual([0, 0, 0, 0]);
  });
});

describe("RowLru: tenants", () => {
  /** Keys `1a`, `1b`, … belong to tenant 1. There is room for nine. */
  function tenants(share: number) {
    const { lru, put, has, view } = start(200_000, share);
    const add = (id: string, bytes = 20_000): number =>
      put(id, bytes, view, Buffer.from(id.startsWith("x") ? "" : driverKeyHex(Number(id[0])), "hex"));
    return { lru, add, has };
  }

  it("may take everything while nobody else needs room, and give way then, oldest first", () => {
    const { add, has } = tenants(0.5);
    const first = [..."abcdefgh"].map((letter) => `1${letter}`);
    for (const id of first) expect(add(id)).toBe(0);
    const second = [..."abcdefgh"].map((letter) => `2${letter}`);
    for (const id of second.slice(0, 4)) add(id);
    expect(has(...first)).toEqual([false, false, false, true, true, true, true, true].slice(0, 8));
    expect(has(...second.slice(0, 4))).toEqual([true, true, true, true]);
  });

  it("above its share pays for its own rows", () => {
    const { add, has } = tenants(0.25);
    for (const id of ["2a", "3a"]) add(id);
    for (const letter of "abcdefghijklmnop") add(`1${letter}`);
    expect(has("2a", "3a", "1p", "1a")).toEqual([true, true, true, false]);
  });

  it("is above its share only as long as it is", () => {
    const { lru, add, has } = tenants(0.5);
    add("2a");
    for (const letter of "abcdefg") add(`1${letter}`);
    for (const letter of "cdefg") lru.remove(lru.get(`1${letter}`)!);
    for (const id of ["3a", "3b", "3c", "3d", "2b", "2c"]) expect(add(id)).toBe(0);
    expect(add("2d")).toBe(1);
    expect(has("2a", "1a", "1b")).toEqual([false, true, true]);
  });

  it("is forgotten with its last entry", () => {
    const { lru, add } = tenants(0.5);
    add("1a");
    const { tenant } = lru.get("1a")!;
    add("1b");
    expect(lru.get("1b")!.tenant).toBe(tenant);
    lru.remove(lru.get("1a")!);
    lru.remove(lru.get("1b")!);
    add("1c");
    expect(lru.get("1c")!.tenant).not.toBe(tenant);
    expect(tenant).toMatchObject({ bytes: 0, count: 0 });
  });

  it("within its share loses what is oldest of all; keys without a tenant are one tenant", () => {
    const { add, has, lru } = tenants(0.9);
    add("xa");
    for (const id of ["1a", "2a", "1b", "2b", "1c", "xb", "2c", "1d", "2d", "1e"]) add(id);
    expect(has("xa", "1a", "2a")).toEqual([false, false, true]);
    lru.clear();
    for (let letter = 0; letter < 12; letter += 1) add(`x${letter}`);
    expect(lru.size).toBeGreaterThan(5);
  });
});
