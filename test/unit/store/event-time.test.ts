import { expect, test } from "vitest";
import { eventTimeBytes } from "../../../src/store/sqlite/event-time.ts";
import { WriterTimeZone } from "../../../src/store/sqlite/writer-time-zone.ts";

const UTC = new WriterTimeZone("UTC");
const hex = (cell: unknown, zone = UTC): string | undefined => {
  const bytes = eventTimeBytes(cell, zone);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("hex");
};

test.each([
  ["seconds", 1_704_067_200, "088081c8ac06"],
  ["the epoch is an empty message", 0, ""],
  ["before the epoch", -1, "08ffffffffffffffffff01"],
  ["old text", "2024-01-01 00:00:00", "088081c8ac06"],
  ["old text with microseconds", "2024-01-01 00:00:00.123456", "088081c8ac06108094ef3a"],
  ["old text, short fraction", "2024-01-01T00:00:00.5", "088081c8ac061080cab5ee01"],
  ["old text before the epoch", "1969-12-31 23:59:58.500000", "08feffffffffffffffff011080cab5ee01"],
])("%s", (_, cell, expected) => {
  expect(hex(cell)).toBe(expected);
});

test.each([[null], [1.5], ["yesterday"], ["2024-13-01 00:00:00"], [new Uint8Array(4)], [1e15]])(
  "%j is refused",
  (cell) => {
    expect(hex(cell)).toBeUndefined();
  },
);

test("text times are naive UTC whatever the writer's zone", () => {
  expect(hex("2024-01-01 00:00:00", new WriterTimeZone("Asia/Tokyo"))).toBe("088081c8ac06");
});

/** 2026-10-01T12:00:00Z, as Feast stores it on machines of each zone. */
test.each([
  ["UTC", 1_790_856_000],
  ["Etc/UTC", 1_790_856_000],
  ["America/New_York", 1_790_870_400],
  ["Asia/Kolkata", 1_790_836_200],
  ["Australia/Lord_Howe", 1_790_818_200],
])("undoes the offset of a writer in %s", (zone, stored) => {
  expect(new WriterTimeZone(zone).toUnixSeconds(stored)).toBe(1_790_856_000);
});

test("follows daylight saving to the second, also from the cache", () => {
  const zone = new WriterTimeZone("America/New_York");
  // Clocks go from EST to EDT at 2026-03-08T07:00:00Z.
  const change = Date.UTC(2026, 2, 8, 7) / 1000;
  for (let round = 0; round < 2; round += 1) {
    expect(zone.toUnixSeconds(change - 1)).toBe(change - 1 - 5 * 3600);
    expect(zone.toUnixSeconds(change)).toBe(change - 4 * 3600);
  }
});

test("a change inside a quarter hour is still exact", () => {
  const zone = new WriterTimeZone("Africa/Monrovia");
  // Liberia left UTC−0:44:30 for UTC on 1972-01-07, 0:00 local, that is at 00:44:30Z.
  const change = Date.UTC(1972, 0, 7, 0, 44, 30) / 1000;
  expect([change - 1, change, change - 600, change + 20].map((at) => zone.toUnixSeconds(at)! - at)).toEqual([
    -2670, 0, -2670, 0,
  ]);
});

test("years before 100 keep their century", () => {
  const stored = -62_000_000_000;
  const tokyo = new WriterTimeZone("Asia/Tokyo").toUnixSeconds(stored)! - stored;
  expect(tokyo).toBe(33_539);
});

test("an unknown zone is an error", () => {
  expect(() => new WriterTimeZone("Mars/Olympus")).toThrow(RangeError);
});
