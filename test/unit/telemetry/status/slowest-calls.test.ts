/** The slowest calls of five minutes, against sorting all of them. */
import { expect, it } from "vitest";
import { Hop, Ledger } from "../../../../src/model/ledger.ts";
import { SlowestCalls } from "../../../../src/telemetry/status/slowest-calls.ts";
import { createRandom } from "../../../helpers/random.ts";

function ledger(totalUs: number, traceId = ""): Ledger {
  const made = new Ledger(0);
  made.end(Hop.REDIS, totalUs / 1000);
  made.traceId = traceId;
  return made;
}

it("has the twenty slowest of the last five minutes, slowest first", () => {
  const random = createRandom(8);
  const slowest = new SlowestCalls();
  const all: { us: number; atMs: number }[] = [];
  // Each minute faster than the one before, so that forgetting the old ones shows.
  for (let atMs = 0; atMs < 600_000; atMs += 150) {
    const us = 1 + Math.floor((1_000_000 - atMs) * random.next());
    all.push({ us, atMs });
    slowest.offer("http", "OK", ledger(us), us, atMs);
  }
  const nowMs = 599_999;
  const wanted = all.filter(({ atMs }) => nowMs - atMs <= 300_000).sort((one, other) => other.us - one.us);
  const found = slowest.list(nowMs);
  expect(found.map(({ totalUs }) => totalUs)).toEqual(wanted.slice(0, 20).map(({ us }) => us));
  expect(found.map(({ ageSeconds }) => ageSeconds)).toEqual(
    wanted.slice(0, 20).map(({ atMs }) => (nowMs - atMs) / 1000),
  );
  expect(new Set(found.map(({ id }) => id)).size).toBe(20);
});

it("keeps what it was told of a call, whatever becomes of its ledger", () => {
  const slowest = new SlowestCalls();
  const told = ledger(700, "4bf92f3577b34da6a3ce929d0e0e4736");
  slowest.offer("serving_service", "UNAVAILABLE", told, 712, 1000);
  told.us[Hop.REDIS] = 0;
  slowest.offer("http", "OK", ledger(300), 300, 1500);
  expect(slowest.list(2000)).toEqual([
    {
      id: 1,
      surface: "serving_service",
      outcome: "UNAVAILABLE",
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      totalUs: 712,
      hopsUs: [0, 0, 0, 0, 0, 700, 0, 0],
      ageSeconds: 1,
    },
    expect.objectContaining({ id: 2, traceId: "", ageSeconds: 0.5 }),
  ]);
});

it("is empty again when nothing came for five minutes", () => {
  const slowest = new SlowestCalls();
  slowest.offer("http", "OK", ledger(300), 300, 0);
  expect(slowest.list(300_000)).toHaveLength(1);
  expect(slowest.list(300_001)).toEqual([]);
});

it("still has a call of almost five minutes ago when a new minute has begun", () => {
  const slowest = new SlowestCalls();
  slowest.offer("http", "OK", ledger(300), 300, 270_000);
  slowest.offer("http", "OK", ledger(200), 200, 565_000);
  expect(slowest.list(569_000).map(({ totalUs }) => totalUs)).toEqual([300, 200]);
});
