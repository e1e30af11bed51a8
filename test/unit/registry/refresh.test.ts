import { describe, test } from "vitest";
import type { Registry } from "../../../src/gen/feast/core/Registry.ts";
import { type RegistryEvent, RegistryKeeper } from "../../../src/registry/refresh.ts";
import type { RegistryLoad, RegistrySource } from "../../../src/registry/registry-source.ts";
import { featureView, onDemandView, registryOf } from "./messages.ts";

/** A source whose answers a test gives one by one, and a clock that only the test moves. */
class Bench implements RegistrySource {
  readonly events: RegistryEvent[] = [];
  readonly previous: (string | undefined)[] = [];
  readonly delays: number[] = [];
  nowMs = 0;
  random = 0.5;
  signal: AbortSignal | undefined;
  readonly #answers: ((answer: RegistryLoad | "unchanged" | Error) => void)[] = [];
  #timer: (() => void) | undefined;

  describe(): string {
    return "bench";
  }

  load(previous?: string, signal?: AbortSignal): Promise<RegistryLoad | "unchanged"> {
    this.previous.push(previous);
    this.signal = signal;
    return new Promise((resolve, reject) => {
      this.#answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
  }

  keeper(refreshMs = 60_000): RegistryKeeper {
    return new RegistryKeeper({
      source: this,
      project: "p",
      refreshMs,
      onEvent: (event) => this.events.push(event),
      now: () => this.nowMs,
      random: () => this.random,
      startTimer: (callback, delayMs) => {
        this.delays.push(delayMs);
        this.#timer = callback;
        return () => {
          this.#timer = undefined;
        };
      },
    });
  }

  get timerRuns(): boolean {
    return this.#timer !== undefined;
  }

  fire(): void {
    const callback = this.#timer;
    this.#timer = undefined;
    if (callback === undefined) throw new Error("no timer runs");
    callback();
  }

  /** Answers the oldest open load and lets the keeper act on it. */
  async answer(answer: Registry | "unchanged" | Error, token = "t1"): Promise<void> {
    const give = this.#answers.shift();
    if (give === undefined) throw new Error("nobody asked the source");
    give(answer instanceof Error || answer === "unchanged" ? answer : { registry: answer, token });
    await new Promise(setImmediate);
  }

  names(): string[] {
    return this.events.map((event) => event.event);
  }
}

const withView = (name: string): Registry => registryOf({ versionId: name, featureViews: [featureView({ name })] });

describe("loading", () => {
  test("the first load is announced and read from then on", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper();
    expect(keeper.current()).toBeUndefined();
    expect(keeper.ageMs()).toBeUndefined();
    const started = keeper.start();
    bench.nowMs = 7;
    await bench.answer(withView("a"));
    await started;
    expect(keeper.current()?.views.has("a")).toBe(true);
    expect(bench.events).toEqual([
      { event: "registry_loaded", source: "bench", project: "p", versionId: "a", views: 1, services: 0, durationMs: 7 },
    ]);
    bench.nowMs = 1007;
    expect(keeper.ageMs()).toBe(1000);
    expect(bench.delays).toEqual([60_000]);
  });

  test("a change swaps the whole snapshot; an unchanged registry keeps the very object and renews its age", async ({
    expect,
  }) => {
    const bench = new Bench();
    const keeper = bench.keeper();
    void keeper.start();
    await bench.answer(withView("a"), "t1");
    const first = keeper.current();
    bench.nowMs = 60_000;
    bench.fire();
    expect(keeper.current()).toBe(first);
    await bench.answer("unchanged");
    expect(keeper.current()).toBe(first);
    expect(keeper.ageMs()).toBe(0);
    bench.fire();
    await bench.answer(withView("b"), "t2");
    expect([...(keeper.current()?.views.keys() ?? [])]).toEqual(["b"]);
    expect([...(first?.views.keys() ?? [])]).toEqual(["a"]);
    bench.fire();
    expect(bench.previous).toEqual([undefined, "t1", "t1", "t2"]);
    expect(bench.names()).toEqual(["registry_loaded", "registry_unchanged", "registry_loaded"]);
  });

  test("a project that the registry does not have is an empty snapshot and a warning", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper();
    void keeper.start();
    await bench.answer(registryOf({ projects: [{ spec: { name: "q" } }] }));
    expect(keeper.current()?.views.size).toBe(0);
    expect(bench.names()).toEqual(["registry_loaded", "registry_project_missing"]);
    expect(bench.events[1]).toMatchObject({ project: "p", projects: ["q"], source: "bench" });
  });

  test("objects that were left out are a warning", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper();
    void keeper.start();
    const odd = onDemandView("odd", new Map([["s", { source: undefined }]]));
    await bench.answer(registryOf({ onDemandFeatureViews: [odd], featureViews: [featureView({ name: "a" })] }));
    expect(keeper.current()?.views.has("a")).toBe(true);
    expect(bench.events[1]).toMatchObject({
      event: "registry_objects_skipped",
      problems: [expect.stringContaining("'odd'")],
    });
  });
});

describe("failures", () => {
  test("before the first snapshot it tries sooner, ever slower, and recovers", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper(5000);
    const started = keeper.start();
    await bench.answer(new Error("gone"));
    await started;
    for (let tries = 0; tries < 4; tries++) {
      bench.fire();
      await bench.answer(new Error("gone"));
    }
    expect(bench.delays).toEqual([1000, 2000, 4000, 5000, 5000]);
    expect(keeper.current()).toBeUndefined();
    expect(keeper.lastError()?.message).toBe("gone");
    expect(bench.events.at(-1)).toMatchObject({ event: "registry_refresh_failed", failures: 5, serving: false });
    bench.fire();
    await bench.answer(withView("a"));
    expect(keeper.current()?.views.has("a")).toBe(true);
    expect(keeper.lastError()).toBeUndefined();
    expect(bench.delays.at(-1)).toBe(5000);
  });

  test("later ones keep the last good snapshot, whose age grows", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper();
    void keeper.start();
    await bench.answer(withView("a"), "t1");
    const good = keeper.current();
    bench.nowMs = 60_000;
    bench.fire();
    await bench.answer(new Error("gone"));
    expect(keeper.current()).toBe(good);
    expect(keeper.ageMs()).toBe(60_000);
    expect(bench.events.at(-1)).toMatchObject({ event: "registry_refresh_failed", failures: 1, serving: true });
    expect(bench.delays).toEqual([60_000, 60_000]);
    bench.fire();
    await bench.answer("unchanged");
    expect(keeper.ageMs()).toBe(0);
    expect(bench.previous.at(-1)).toBe("t1");
  });
});

describe("timing", () => {
  test.for<[number, number]>([
    [0, 54_000],
    [0.5, 60_000],
    [1 - Number.EPSILON, 66_000],
  ])("jitter: a draw of %d waits %d ms", async ([random, delayMs], { expect }) => {
    const bench = new Bench();
    bench.random = random;
    void bench.keeper().start();
    await bench.answer(withView("a"));
    expect(bench.delays[0]).toBeCloseTo(delayMs, 3);
  });

  test("a wait longer than Node's timers is cut, not run at once", async ({ expect }) => {
    const bench = new Bench();
    void bench.keeper(365 * 86_400_000).start();
    await bench.answer(withView("a"));
    expect(bench.delays).toEqual([2 ** 31 - 1]);
  });

  test("a refresh time of 0 checks only when asked, but retries until the first snapshot", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper(0);
    void keeper.start();
    await bench.answer(new Error("gone"));
    expect(bench.delays).toEqual([1000]);
    bench.fire();
    await bench.answer(withView("a"));
    expect(bench.timerRuns).toBe(false);
    void keeper.refreshNow();
    await bench.answer(withView("b"));
    expect(keeper.current()?.views.has("b")).toBe(true);
  });

  test("refreshNow during a check checks once more after it, however often it is called", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper();
    void keeper.start();
    const asked = Promise.all([keeper.refreshNow(), keeper.refreshNow()]);
    expect(bench.previous.length).toBe(1);
    await bench.answer(withView("a"), "t1");
    expect(bench.previous).toEqual([undefined, "t1"]);
    expect(bench.timerRuns).toBe(false);
    await bench.answer(withView("b"), "t2");
    await asked;
    expect(keeper.current()?.views.has("b")).toBe(true);
    expect(bench.previous.length).toBe(2);
    expect(bench.delays.length).toBe(1);
  });

  test("refreshNow replaces the running wait", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper();
    void keeper.start();
    await bench.answer(withView("a"));
    void keeper.refreshNow();
    expect(bench.timerRuns).toBe(false);
    await bench.answer("unchanged");
    expect(bench.timerRuns).toBe(true);
  });
});

describe("close", () => {
  test("stops the wait and keeps the snapshot", async ({ expect }) => {
    const bench = new Bench();
    const keeper = bench.keeper();
    void keeper.start();
    await bench.answer(withView("a"));
    keeper.close();
    expect(bench.timerRuns).toBe(false);
    await keeper.refreshNow();
    expect(bench.previous.length).toBe(1);
    expect(keeper.current()?.views.has("a")).toBe(true);
  });

  test.for(["a registry", "an error"])(
    "during a check: %s that comes later changes nothing",
    async (what, { expect }) => {
      const bench = new Bench();
      const keeper = bench.keeper();
      const asked = [keeper.start(), keeper.refreshNow()];
      keeper.close();
      expect(bench.signal?.aborted).toBe(true);
      await bench.answer(what === "an error" ? new Error("aborted") : withView("a"));
      await Promise.all(asked);
      expect(keeper.current()).toBeUndefined();
      expect(bench.events).toEqual([]);
      expect(bench.timerRuns).toBe(false);
      expect(bench.previous.length).toBe(1);
    },
  );
});
