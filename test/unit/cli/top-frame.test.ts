/** A frame of `top`: what is in it, its size, and that no server can make it a command to the terminal. */
import { describe, expect, it } from "vitest";
import { topFrame } from "../../../src/cli/top-frame.ts";
import { STATUS_SAMPLE } from "../../fakes/status-sample.ts";

const PLAIN = { columns: 160, rows: Number.POSITIVE_INFINITY, isColoured: false, notice: "" };

describe("topFrame", () => {
  it("shows the figures of a snapshot", () => {
    const text = topFrame(STATUS_SAMPLE, PLAIN).join("\n");
    expect(text).toContain("feast-sidecar 0.1.0  ready  up 2 d 4 h");
    expect(text).toContain("calls 862.4/s");
    expect(text).toContain("cache 92.1 % hits  24.3 MiB of 32 MiB");
    expect(text).toMatch(/^total {9}118 µs {3}3\.72 ms {3}10\.9 ms {5}100 % {3}█{9}░{15}$/m);
    expect(text).toMatch(/redis-2\.redis\.example:6379 {2}replica {2}eu-1c {2}out +lag +988 µs +4\.21 s/);
    expect(text).toContain("degraded  stale for deadline: 113 rows");
    expect(text).toContain("refused   UNAVAILABLE 4  DEADLINE_EXCEEDED 28");
    expect(text).toMatch(/ 13\.6 ms {2}R{24} {2}DEADLINE_EXCEEDED/);
    // Whole, even where there is no terminal that says how wide it is.
    expect(topFrame(STATUS_SAMPLE, { ...PLAIN, columns: 120 }).join("\n")).toContain(
      STATUS_SAMPLE.calls.slowest[0]!.traceId,
    );
  });

  it("fits the terminal, colours or not", () => {
    for (const isColoured of [false, true]) {
      const lines = topFrame(STATUS_SAMPLE, { columns: 40, rows: 12, isColoured, notice: "old figures" });
      expect(lines).toHaveLength(12);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours themselves
      const plain = lines.map((line) => line.replace(/\x1b\[\d+m/g, ""));
      expect(Math.max(...plain.map((line) => line.length))).toBe(40);
      expect(plain[0]).toBe("old figures");
      expect(lines.join("") !== plain.join("")).toBe(isColoured);
    }
  });

  it("says what is missing: no calls, no nodes, no cache, no registry", () => {
    const { cache: _cache, nodes: _nodes, registryAgeSeconds: _age, ...rest } = STATUS_SAMPLE;
    const calls = { ...rest.calls, count: 0, slowest: [], hops: rest.calls.hops.map((hop) => ({ ...hop, count: 0 })) };
    const text = topFrame({ ...rest, calls, cacheOffReason: "store", notReady: "registry not loaded yet" }, PLAIN).join(
      "\n",
    );
    for (const words of [
      "cache off: the store does not tell what changes",
      "store up",
      "no calls in the last five minutes",
      "registry never read",
    ]) {
      expect(text).toContain(words);
    }
    expect(text).toContain("not ready: registry not loaded yet");
    expect(text).toMatch(/^total +– +– +– +–/m);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  });

  it("lets nothing through that a terminal would obey", () => {
    const hostile = "\x1b]0;owned\x07\x9b2J\r\n\u202e";
    const nodes = [{ ...STATUS_SAMPLE.nodes![0]!, node: hostile, zone: hostile }];
    const lines = topFrame({ ...STATUS_SAMPLE, nodes, version: hostile, notReady: hostile }, PLAIN);
    expect(lines.join("")).not.toMatch(/[^\P{C}]/u);
    expect(lines.join("")).toContain("?]0;owned??2J???");
  });
});
