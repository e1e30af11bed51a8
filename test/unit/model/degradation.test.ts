import { describe, expect, it } from "vitest";
import { type Degradation, formatDegradations } from "../../../src/model/degradation.ts";

function mark(view: string, more: Partial<Degradation> = {}): Degradation {
  return { view, policy: "stale", reason: "lag", rows: 3, cells: 3, ageMs: 812, ...more };
}

describe("formatDegradations", () => {
  it("gives each view and policy an item, in the order of their first marks", () => {
    expect(formatDegradations([])).toBe("");
    expect(formatDegradations([mark("driver_stats", { reason: "deadline" })])).toBe(
      "driver_stats=stale;reason=deadline;rows=3;age_ms=812",
    );
    expect(
      formatDegradations([
        mark("b", { policy: "default", reason: "outage", ageMs: undefined }),
        mark("a"),
        mark("b", { policy: "partial", reason: "overload", rows: 1, ageMs: undefined }),
      ]),
    ).toBe("b=default;reason=outage;rows=3, a=stale;reason=lag;rows=3;age_ms=812, b=partial;reason=overload;rows=1");
  });

  it("adds up what is marked twice, and tells the greatest age", () => {
    expect(
      formatDegradations([
        mark("a", { rows: 1, ageMs: undefined }),
        mark("b"),
        mark("a", { rows: 2, ageMs: 40, reason: "outage" }),
        mark("a", { rows: 4, ageMs: 30 }),
        mark("a", { rows: 8, ageMs: undefined }),
      ]),
    ).toBe("a=stale;reason=lag;rows=15;age_ms=40, b=stale;reason=lag;rows=3;age_ms=812");
  });

  it("percent-encodes all of a name but unreserved characters", () => {
    const name = (view: string): string => formatDegradations([mark(view)]).replace(/=stale;.*$/s, "");
    expect(name("Az09-._~")).toBe("Az09-._~");
    expect(name("a=b;c, d%")).toBe("a%3Db%3Bc%2C%20d%25");
    expect(name("x\r\nset-cookie: y\0")).toBe("x%0D%0Aset-cookie%3A%20y%00");
    expect(name("ż🚗")).toBe("%C5%BC%F0%9F%9A%97");
    expect(name("lone \ud800")).toBe("lone%20%EF%BF%BD");
    expect(name("a\n")).toBe("a%0A");
    for (let code = 0; code < 0x180; code++) {
      const encoded = name(String.fromCharCode(code));
      expect(encoded).toMatch(/^([\w.~-]|(%[0-9A-F]{2})+)$/);
      expect(decodeURIComponent(encoded)).toBe(String.fromCharCode(code));
    }
  });

  it("writes numbers without sign, point and exponent, whatever they are", () => {
    const numbers = (rows: number, ageMs: number): string => formatDegradations([mark("v", { rows, ageMs })]);
    expect(numbers(2, 811.6)).toBe("v=stale;reason=lag;rows=2;age_ms=812");
    expect(numbers(-1, -0.2)).toBe("v=stale;reason=lag;rows=0;age_ms=0");
    expect(numbers(Number.NaN, Number.POSITIVE_INFINITY)).toBe("v=stale;reason=lag;rows=0;age_ms=9007199254740991");
    expect(numbers(1e21, Number.NaN)).toBe("v=stale;reason=lag;rows=9007199254740991;age_ms=0");
  });

  it("leaves out whole items above 2 KiB and says so", () => {
    const items = Array.from({ length: 200 }, (_, index) => mark(`view_${index}`));
    const text = formatDegradations(items);
    expect(text.length).toBeLessThanOrEqual(2048);
    const parts = text.split(", ");
    expect(parts.pop()).toBe("truncated");
    expect(parts).toEqual(items.slice(0, parts.length).map((item) => formatDegradations([item])));
    const next = formatDegradations([items[parts.length] as Degradation]);
    expect(text.length + ", ".length + next.length).toBeGreaterThan(2048);
  });

  it("keeps everything that fits to the byte", () => {
    const rest = formatDegradations([mark("a"), mark("")]).length;
    const full = [mark("a"), mark("b".repeat(2048 - rest))];
    expect(formatDegradations(full)).toHaveLength(2048);
    expect(formatDegradations(full)).not.toContain("truncated");
    expect(formatDegradations([...full, mark("c")])).toBe(`${formatDegradations([mark("a")])}, truncated`);
    expect(formatDegradations([mark("a"), mark("b".repeat(2049 - rest))])).toBe(
      `${formatDegradations([mark("a")])}, truncated`,
    );
    // 11 bytes for the word and what parts it from the last item.
    const room = [mark("a"), mark("b".repeat(2048 - rest - 11)), mark("c")];
    expect(formatDegradations(room)).toBe(`${formatDegradations(room.slice(0, 2))}, truncated`);
    expect(formatDegradations(room)).toHaveLength(2048);
  });

  it("has nothing but the word for a name that is too long by itself", () => {
    expect(formatDegradations([mark("ż".repeat(1000))])).toBe("truncated");
    expect(formatDegradations([mark("v".repeat(3000)), mark("a")])).toBe("truncated");
  });
});
