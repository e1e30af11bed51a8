import { describe, expect, it } from "vitest";
import { isCpu, isMemory, memoryBytes } from "../../../src/injector/quantity.ts";

describe("CPU", () => {
  it.each(["1m", "250m", "0.5", "1", "1.25", "64", "64000m"])("%s fits", (text) => expect(isCpu(text)).toBe(true));

  // 250 is most likely 250m without its unit: a pod that no node takes.
  it.each(["", "0", "0m", "250", "64001m", "0.0005", "-1", "+1", "1M", "1e3", " 1", "1 ", "half", "0x1", "1."])(
    "'%s' does not",
    (text) => expect(isCpu(text)).toBe(false),
  );
});

describe("memory", () => {
  it.each(["64Mi", "256Mi", "1Gi", "1.5Gi", "200M", "67108864", "64Gi"])("%s fits", (text) =>
    expect(isMemory(text)).toBe(true),
  );

  it.each([
    ["64Mi", 2 ** 26],
    ["67108.864k", 2 ** 26],
    ["1.001Ki", 1025],
    ["1.5G", 1_500_000_000],
    ["", Number.NaN],
    ["1Ti", Number.NaN],
  ])("'%s' is %d bytes", (text, bytes) => expect(memoryBytes(text)).toBe(bytes));

  // 256m are 0.256 bytes.
  it.each(["", "256", "63Mi", "65Gi", "256m", "256MiB", "256mb", "256 Mi", "-256Mi", "1e9", "Mi", "1Ti"])(
    "'%s' does not",
    (text) => expect(isMemory(text)).toBe(false),
  );
});
