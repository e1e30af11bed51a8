/** Whose time it is when a call ends without an answer. */
import { expect, test } from "vitest";
import { HOPS, Hop, Ledger } from "../../../src/model/ledger.ts";

const hopsOf = ({ us }: Ledger): Record<string, number> =>
  Object.fromEntries(HOPS.map((name, hop) => [name, us[hop]!]).filter(([, took]) => took !== 0));

test("a call that leaves has its time in the hop that it was in", () => {
  const ledger = new Ledger(0);
  ledger.end(Hop.PLAN, 1);
  ledger.finish(false, 3);
  expect(hopsOf(ledger)).toEqual({ plan: 1000, cache: 2000 });
});

test("after its rows were looked at that is the assembly, not the hop after the loop's first part", () => {
  const ledger = new Ledger(0);
  ledger.end(Hop.PLAN, 1);
  ledger.end(Hop.REDIS, 2);
  ledger.endLoopBack(3);
  ledger.finish(false, 5);
  expect(hopsOf(ledger)).toEqual({ loop: 1000, plan: 1000, redis: 1000, assemble: 2000 });
});
