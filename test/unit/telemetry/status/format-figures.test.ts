/** Figures as they are printed, at the edges of their units. */
import { expect, it } from "vitest";
import {
  cacheOffWords,
  formatBytes,
  formatCount,
  formatMicros,
  formatSeconds,
  formatShare,
  formatSlice,
} from "../../../../src/telemetry/status/format-figures.ts";

type Case = readonly [value: number, text: string];

const TABLE: readonly (readonly [name: string, format: (value: number) => string, cases: readonly Case[]])[] = [
  [
    "formatMicros",
    formatMicros,
    [
      [0, "0 µs"],
      [999.4, "999 µs"],
      [999.5, "1.00 ms"],
      [12_340, "12.3 ms"],
      [999_499, "999 ms"],
      [999_500, "1.00 s"],
    ],
  ],
  [
    "formatSlice",
    formatSlice,
    [
      [10, "10 ms"],
      [2.5, "2.5 ms"],
      [1500, "1.5 s"],
    ],
  ],
  [
    "formatBytes",
    formatBytes,
    [
      [0, "0 B"],
      [1023, "1023 B"],
      [1024, "1 KiB"],
      [13_700, "13.4 KiB"],
      [1_048_575, "1 MiB"],
      [2 ** 25, "32 MiB"],
    ],
  ],
  [
    "formatSeconds",
    formatSeconds,
    [
      [0.9, "0 s"],
      [59.9, "59 s"],
      [200, "3 min 20 s"],
      [18_120, "5 h 2 min"],
      [1_051_200, "12 d 4 h"],
    ],
  ],
  [
    "formatCount",
    formatCount,
    [
      [0, "0"],
      [999, "999"],
      [1000, "1\u202f000"],
      [1_234_567, "1\u202f234\u202f567"],
    ],
  ],
  [
    "formatShare",
    formatShare,
    [
      [0, "0 %"],
      [1, "100 %"],
      [0.99999, "99.9 %"],
      [0.000001, "0.01 %"],
      [0.0042, "0.42 %"],
      [0.987, "98.7 %"],
    ],
  ],
];

it.each(TABLE)("%s", (_name, format, cases) => {
  for (const [value, text] of cases) expect(format(value)).toBe(text);
});

it("has words for why nothing is cached, and tells what it does not know as it is", () => {
  expect(cacheOffWords("store")).toBe("the store does not tell what changes");
  for (const other of ["toString", "new_reason"]) expect(cacheOffWords(other)).toBe(other);
});
