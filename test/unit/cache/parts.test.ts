import { describe, expect, it } from "vitest";
import { FlightTable } from "../../../src/cache/flight-table.ts";
import { Load } from "../../../src/cache/load.ts";
import { ReadShapes } from "../../../src/cache/read-shape.ts";
import { SignalledKeys } from "../../../src/cache/signalled-keys.ts";
import { Signals } from "../../../src/cache/signals.ts";
import { StormWatch } from "../../../src/cache/storm-watch.ts";
import { ViewState, ViewTable } from "../../../src/cache/view-table.ts";
import { shapeOf } from "../store/lookup-fixture.ts";
import { ask, CacheKit, POLICY } from "./cache-kit.ts";

describe("StormWatch", () => {
  function stormsOf(...perSecond: number[]): boolean[] {
    const watch = new StormWatch(0);
    return perSecond.map((changes, second) => {
      for (let change = 0; change < changes; change += 1) watch.changed(second * 1000 + (change * 1000) / changes);
      return watch.isOn((second + 1) * 1000);
    });
  }

  it("begins after two seconds above 2,000 and ends after two below 1,000", () => {
    expect(stormsOf(3000, 2001, 2001, 999, 1000, 999, 999, 0)).toEqual([
      false,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(stormsOf(3000, 2000, 3000, 500, 3000)).toEqual([false, false, false, false, false]);
  });

  it("ends while nothing changes and nobody looks", () => {
    const watch = new StormWatch(0);
    for (let change = 0; change < 10_000; change += 1) watch.changed(change / 4);
    expect(watch.isOn(2500)).toBe(true);
    expect(watch.isOn(1e9)).toBe(false);
    expect(watch.storms).toBe(1);
  });
});

describe("SignalledKeys", () => {
  it("remembers keys for its time, also for reads that take longer", () => {
    const keys = new SignalledKeys(100);
    expect(keys.add("k1", 1000)).toBe(true);
    expect([keys.has("k1", 1099), keys.has("k1", 1100), keys.has("k2", 1050)]).toEqual([true, false, false]);
    keys.add("k2", 1200);
    expect([keys.has("k1", 1099), keys.has("k1", 1100), keys.has("k2", 1299)]).toEqual([true, false, true]);
  });

  it("says when there are too many, and has room again after their time", () => {
    const keys = new SignalledKeys(100);
    let added = 0;
    while (added < 100_000 && keys.add(`k${added}`, 0)) added += 1;
    expect(added).toBeGreaterThan(10_000);
    expect(added).toBeLessThan(100_000);
    expect(keys.add("k0", 50)).toBe(true);
    expect(keys.add("other", 50)).toBe(false);
    expect(keys.add("other", 100)).toBe(true);
  });

  it("whose number is too large make the whole view wait", async () => {
    const kit = new CacheKit();
    const many = Array.from({ length: 20_000 }, (_, key) => `k${key}`);
    kit.viewChanged("v", ...many);
    await kit.read(ask("other", "v:a", "w:a"));
    expect(kit.cache.figures()).toMatchObject({ refused: { signal: 1 }, filled: 1 });
  });
});

describe("Signals", () => {
  it("counts 200 views by name and the rest as other", () => {
    const signals = new Signals();
    for (let view = 0; view < 250; view += 1) signals.count(`v${view}`, view);
    signals.count("v0", 900);
    const { views } = signals.figures(1000);
    expect(views).toHaveLength(201);
    expect(views[0]).toEqual({ view: "v0", count: 2, quietMs: 100 });
    expect(views[200]).toEqual({ view: "other", count: 50, quietMs: 751 });
  });
});

describe("figures by view", () => {
  it("name 200 views and put the rest together", async () => {
    const kit = new CacheKit();
    for (let view = 0; view < 250; view += 1) await kit.read(ask("k1", `v${view}:a`));
    for (let view = 195; view < 250; view += 1) kit.readNow(ask("k1", `v${view}:a`));
    const { views, hits, misses } = kit.cache.figures();
    expect({ hits, misses }).toEqual({ hits: 55, misses: 250 });
    expect(views).toHaveLength(201);
    expect([views[0], views[199], views[200]]).toEqual([
      { view: "v0", hits: 0, misses: 1 },
      { view: "v199", hits: 1, misses: 1 },
      { view: "other", hits: 50, misses: 50 },
    ]);
  });
});

describe("ViewState", () => {
  it("has one list per content, and unions that are the same in whatever order they came about", () => {
    const view = new ViewState("v", POLICY, () => {});
    const [a, ab, b, bc] = [["a"], ["a", "b"], ["b"], ["b", "c"]].map((names) => view.listOf(names));
    expect(view.listOf(["a", "b"])).toBe(ab);
    expect(view.union(a!, ab!)).toBe(ab);
    expect(view.union(ab!, b!)).toBe(ab);
    expect(view.union(a!, bc!)).toBe(view.union(bc!, a!));
    expect(view.union(a!, bc!).names).toEqual(["a", "b", "c"]);
    expect(view.union(b!, a!)).not.toBe(view.union(a!, bc!));
  });

  it("drops its rows when clients make up fields without end, and extends no list beyond a length", async () => {
    const kit = new CacheKit();
    await kit.read(ask("k0", "v:a"));
    const fields = (from: number): string => Array.from({ length: 1000 }, (_, field) => `f${from + field}`).join(",");
    let longest = 0;
    for (let key = 1; key <= 40; key += 1) {
      const answer = kit.cache.read([ask("k0", `v:${fields(key * 1000)}`)], Number.POSITIVE_INFINITY);
      longest = Math.max(longest, kit.pending[0]!.lookups[0]!.shape.stride);
      kit.answerAll();
      await answer;
    }
    expect(longest).toBe(2001 + 1);
    expect(kit.readNow(ask("k0", "v:a"))).toBeUndefined();
    const { rows, evicted } = kit.cache.figures();
    expect(rows).toBe(1);
    expect(evicted).toBeGreaterThanOrEqual(1);
    expect(kit.readNow(ask("k0", `v:${fields(40_000)}`))).toBeDefined();
  });

  it("keeps no rows of more views than any registry has", () => {
    const table = new ViewTable(
      () => POLICY,
      () => 0,
      () => {},
    );
    for (let view = 0; view < 5000; view += 1) table.of(`v${view}`);
    expect([...table.values()]).toHaveLength(4096);
    expect([table.of("v0").isDisabled, table.of("v4999").isDisabled]).toEqual([false, true]);
  });
});

describe("FlightTable", () => {
  it("finds flights until they landed or their key changed, in any order", () => {
    const shapes = new ReadShapes(
      new ViewTable(
        () => POLICY,
        () => 0,
        () => {},
      ),
    );
    const read = shapes.of(shapeOf(["v", "a"]));
    const table = new FlightTable();
    const loads = [0, 1, 2].map(() => new Load(0, 1, true));
    for (const load of loads) for (const id of ["x", "y"]) table.add(load.add(0, read, Buffer.from(id), id));
    table.removeAll(loads[1]!);
    expect([table.first("x")!.load, table.first("x")!.next!.load]).toEqual([loads[2], loads[0]]);
    table.changed("x");
    expect(table.first("x")).toBeUndefined();
    expect(loads.map((load) => load.parts[0]!.flights.map((flight) => flight.isChanged))).toEqual([
      [true, false],
      [false, false],
      [true, false],
    ]);
    table.removeAll(loads[0]!);
    table.removeAll(loads[2]!);
    expect(table.first("y")).toBeUndefined();
  });
});
