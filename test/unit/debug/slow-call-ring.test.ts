/** Slow calls of late: only those, newest first, in bounded memory. */
import { expect, it } from "vitest";
import { SlowCallRing } from "../../../src/debug/slow-call-ring.ts";
import { Hop, Ledger } from "../../../src/model/ledger.ts";

it("keeps slow calls only, with their hops and what is in none", () => {
  const ring = new SlowCallRing(5, () => Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  const ledger = new Ledger(100);
  ledger.end(Hop.PLAN, 101);
  ledger.end(Hop.REDIS, 106);
  ring.answered("http", "OK", ledger, 104.9);
  ring.answered("http", "UNAVAILABLE", ledger, 106.25);
  expect(ring.list()).toEqual([
    {
      at: "2026-01-02T03:04:05.678Z",
      surface: "http",
      outcome: "UNAVAILABLE",
      totalUs: 6250,
      hopsUs: { loop: 0, admission: 0, plan: 1000, cache: 0, wait: 0, redis: 5000, assemble: 0, write: 0, other: 250 },
    },
  ]);
});

it("drops the oldest of more than 200, and gives the newest first", () => {
  const ring = new SlowCallRing(0, () => 0);
  for (let call = 1; call <= 450; call += 1) ring.answered("http", "OK", new Ledger(0), call);
  expect(ring.list().map(({ totalUs }) => totalUs / 1000)).toEqual(Array.from({ length: 200 }, (_, at) => 450 - at));
});
