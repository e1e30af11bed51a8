import { describe, expect, test } from "vitest";
import { FEAST, load } from "./make-settings.ts";

const sidecar = (text: string): string => `${FEAST}sidecar:\n${text}`;

describe("sidecar.budget", () => {
  test("is read whole", () => {
    const { settings, problems } = load(
      sidecar(`  budget:
    slice: 8ms
    reserve: 250us
    envelope_cells: 100
    on_late: stale
    views:
      driver: {on_late: default, defaults: {trips: 3, rate: 0.5, name: "x", flag: yes, at: 2026-01-02, list: [1, 2]}}
      other: {defaults: {}}
`),
    );
    expect(problems).toEqual([]);
    expect(settings?.budget).toEqual({
      sliceMs: 8,
      sliceBinds: true,
      reserveMs: 0.25,
      envelopeCells: 100,
      onLate: "stale",
      views: new Map([
        [
          "driver",
          {
            onLate: "default",
            defaults: new Map<string, unknown>([
              ["trips", 3n],
              ["rate", 0.5],
              ["name", "x"],
              ["flag", true],
              ["at", "2026-01-02"],
              ["list", [1n, 2n]],
            ]),
          },
        ],
        ["other", { onLate: undefined, defaults: new Map() }],
      ]),
    });
  });

  test.each([
    ["  budget: {slice: 0s}", 'sidecar.budget.slice = "0s": text does not fit; expected a duration with a unit'],
    ["  budget: {slice: 10}", "sidecar.budget.slice = 10: a number has no unit; expected a duration"],
    [
      "  budget: {on_late: never}",
      'sidecar.budget.on_late = "never": text does not fit; expected one of error, stale,',
    ],
    [
      "  budget: {views: [a]}",
      "sidecar.budget.views = a list of 1: a list of 1 does not fit; expected a map from feature",
    ],
    ["  budget: {views: {v: {on_lat: stale}}}", "sidecar.budget.views.v.on_lat"],
    [
      "  budget: {views: {v: 5}}",
      "sidecar.budget.views.v = 5: a whole number does not fit; expected a map with any of",
    ],
    [
      "  budget: {views: {v: {on_late: off}}}",
      "sidecar.budget.views.v.on_late = off: YAML reads the unquoted word off as the boolean false",
    ],
    ["  budget: {views: {v: {defaults: 5}}}", "sidecar.budget.views.v.defaults = 5: a whole number does not fit"],
    ["  budget: {views: {v: {defaults: {f: }}}}", "sidecar.budget.views.v.defaults.f"],
    ["  budget: {views: {v: {defaults: {f: [1, {a: 1}]}}}}", "sidecar.budget.views.v.defaults.f"],
    ["  budget: {views: {v: {defaults: {yes: 1}}}}", "YAML reads the unquoted key yes as a boolean"],
    ["  admission: {min_in_flight: 0}", "sidecar.admission.min_in_flight = 0: a whole number does not fit"],
  ])("%s is refused", (text, expected) => {
    const { problems } = load(sidecar(text));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(expected);
  });

  test.each([
    [
      "  cache: {mode: disabled}\n  budget: {on_late: stale}",
      "budget.on_late: stale has no effect: sidecar.cache.mode is",
    ],
    [
      "  cache: {mode: shadow}\n  budget: {views: {v: {on_late: stale}}}",
      "budget.views.v.on_late: stale has no effect",
    ],
    [
      "  cache: {ttl: 5s, views: {v: {policy: disabled}}}\n  budget: {on_late: stale, views: {v: {}}}",
      "budget.views.v.on_late: stale has no effect: its cache policy is disabled",
    ],
    [
      "  cache: {ttl: 5s, policy: disabled}\n  budget: {on_late: stale}",
      "budget.on_late: stale has an effect only for views that",
    ],
    [
      "  budget: {on_late: stale}",
      "budget.on_late: stale has no effect: SQLite does not tell what changes, and no sidecar.cache.ttl is written",
    ],
  ])("%s is warned about", (text, expected) => {
    const { settings, problems } = load(sidecar(text));
    expect(problems).toEqual([]);
    expect(settings?.warnings.filter((warning) => warning.includes(expected))).toHaveLength(1);
  });

  test("stale with a cache is nothing to warn about", () => {
    expect(load(sidecar("  cache: {ttl: 5s}\n  budget: {on_late: stale}")).settings?.warnings).toEqual([]);
  });
});
