/** Verdicts that need no server: memory, clocks, latency, cluster, the table of levels. */
import { describe, expect, it } from "vitest";
import { checkCluster } from "../../../src/doctor/check-cluster.ts";
import { checkMemory } from "../../../src/doctor/check-memory.ts";
import { checkNodes } from "../../../src/doctor/check-nodes.ts";
import { checkStore } from "../../../src/doctor/check-store.ts";
import type { Finding } from "../../../src/doctor/finding.ts";
import { renderFindings } from "../../../src/doctor/render-findings.ts";
import type { NodeFigures } from "../../../src/model/feature-store.ts";
import type { InspectedNode } from "../../../src/store/redis/inspect/inspect-redis.ts";
import type { NodeAnswers } from "../../../src/store/redis/inspect/node-answers.ts";

const MIB = 1024 * 1024;
const ANSWERS: NodeAnswers = {
  pingMs: [0.1, 0.2, 0.3, 0.4, 9],
  rights: [{ command: "HMGET", refusal: "" }],
  clock: { aheadMs: 3, uncertainMs: 1 },
};

function inspected(changes: Partial<InspectedNode>): InspectedNode {
  const nothing = { key: undefined, cluster: undefined, certificate: undefined };
  return { node: "r:6379", unreachable: "", answers: ANSWERS, ...nothing, ...changes };
}

const levels = (findings: readonly Finding[]): string[] => findings.map(({ check, level }) => `${check} ${level}`);

describe("memory", () => {
  it.each([
    [undefined, ["ok", "ok"]],
    [1024 * MIB, ["ok", "ok"]],
    [200 * MIB, ["warn", "ok"]],
    [150 * MIB, ["fail", "ok"]],
  ])("of 32 MiB of cache in a container of %d bytes", (limitBytes, wanted) => {
    const facts = { cacheBytes: 32 * MIB, limitBytes, heapLimitBytes: 4096 * MIB };
    expect(checkMemory(facts).map(({ level }) => level)).toEqual(wanted);
  });

  it("is measured against V8's own limit as well", () => {
    const facts = { cacheBytes: 1024 * MIB, limitBytes: undefined, heapLimitBytes: 1000 * MIB };
    expect(checkMemory(facts)[1]).toMatchObject({
      level: "fail",
      advice: expect.stringContaining("max-old-space-size"),
    });
  });
});

describe("a node's answers", () => {
  it.each([
    [{ aheadMs: 900, uncertainMs: 0 }, "ok", "within 900 ms of ours"],
    [{ aheadMs: 1400, uncertainMs: 500 }, "ok", "within 1400 ms of ours"],
    [{ aheadMs: -2600, uncertainMs: 100 }, "warn", "its clock is 2.5 s behind ours"],
    [{ aheadMs: 90_000, uncertainMs: 0 }, "fail", "its clock is 90.0 s ahead of ours"],
    [undefined, "skip", "the user may not ask TIME"],
  ] as const)("its clock, %o", (clock, level, found) => {
    const findings = checkNodes([inspected({ answers: { ...ANSWERS, clock } })], 10);
    expect(findings.at(-1)).toMatchObject({ check: "clock", level, found });
  });

  it("the median PING counts against the slice", () => {
    expect(levels(checkNodes([inspected({})], 10))[0]).toBe("node ok");
    expect(levels(checkNodes([inspected({})], 1))[0]).toBe("node warn");
    expect(levels(checkNodes([inspected({ answers: { ...ANSWERS, pingMs: [3, 3, 3] } })], 10))[0]).toBe("node warn");
  });

  it("ROLE alone may be refused, for INFO tells the same", () => {
    const rights = (refused: readonly string[]): string[] => {
      const asked = ["HMGET", "INFO", "ROLE"].map((command) => ({
        command,
        refusal: refused.includes(command) ? "NOPERM" : "",
      }));
      return levels(checkNodes([inspected({ answers: { ...ANSWERS, rights: asked } })], 10)).filter((each) =>
        each.startsWith("rights"),
      );
    };
    expect(rights(["ROLE"])).toEqual(["rights ok"]);
    expect(rights(["INFO"])).toEqual(["rights warn"]);
    expect(rights(["INFO", "ROLE"])).toEqual(["rights warn", "rights warn"]);
    expect(rights(["HMGET"])).toEqual(["rights fail"]);
  });
});

describe("a cluster", () => {
  const info = (slots: string, state: string): ReadonlyMap<string, string> =>
    new Map([
      ["cluster_state", state],
      ["cluster_slots_ok", slots],
      ["cluster_slots_fail", "0"],
    ]);
  const config = new Map([["cluster-require-full-coverage", "yes"]]);

  it("fails where slots have no node, and warns of Redis' defaults", () => {
    const cluster = { info: info("10923", "fail"), config };
    expect(levels(checkCluster([inspected({ cluster })]))).toEqual(["cluster fail", "cluster warn", "cluster skip"]);
  });

  it("is well when all slots have one, and the settings are ours", () => {
    const well = new Map([
      ["cluster-require-full-coverage", "no"],
      ["cluster-allow-reads-when-down", "yes"],
    ]);
    const cluster = { info: info("16384", "ok"), config: well };
    expect(levels(checkCluster([inspected({ cluster })]))).toEqual(["cluster ok", "cluster ok", "cluster ok"]);
  });
});

describe("nodes as the store sees them", () => {
  const node = (changes: Partial<NodeFigures>): NodeFigures => ({
    node: "r:6379",
    role: "replica",
    zone: "",
    state: "serving",
    reason: "in_sync",
    latencySeconds: undefined,
    lagSeconds: 0.12,
    inFlight: 0,
    gateOpened: 0,
    ...changes,
  });
  it.each([
    [node({}), ["ok"], "replica: serving (in_sync), 120 ms behind"],
    [node({ state: "out", reason: "lag", lagSeconds: 7 }), ["warn"], "replica: out (lag), 7000 ms behind"],
    [node({ state: "out", reason: "read_from" }), ["ok"], "replica: out (read_from), 120 ms behind"],
    [node({ reason: "unsampled", lagSeconds: undefined }), ["warn"], "replica: serving (unsampled)"],
    [
      node({ tracking: { isOn: false, reason: "refused" } }),
      ["ok", "warn"],
      "replica: serving (in_sync), 120 ms behind",
    ],
    [node({ tracking: { isOn: false, reason: "asked" } }), ["ok", "skip"], "replica: serving (in_sync), 120 ms behind"],
  ])("%o", (figures, wanted, found) => {
    const facts = {
      type: "redis",
      where: "r",
      state: "up",
      problems: [],
      figures: { nodes: [figures], reads: NO_READS },
    };
    const [, ...findings] = checkStore(facts as Parameters<typeof checkStore>[0]);
    expect(findings.map(({ level }) => level)).toEqual(wanted);
    expect(findings[0]?.found).toBe(found);
    for (const { level, advice } of findings) expect(advice === "").toBe(level === "ok");
  });
  const NO_READS = { hedges: 0, hedgesWon: 0, hedgesRefused: 0, retries: 0, retriesRefused: 0, staleReads: 0 };
});

describe("the text", () => {
  it("has a line for each finding, the advice below it, and no control characters", () => {
    const text = renderFindings([
      { check: "store", level: "warn", subject: "r", found: "it says \u001b[2J", advice: "look" },
      { check: "memory", level: "ok", subject: "", found: "fine", advice: "" },
    ]);
    expect(text.split("\n")).toEqual([
      "warn store         r: it says ?[2J",
      "                   -> look",
      "ok   memory        fine",
      "0 fail, 1 warn, 0 skip, 1 ok",
    ]);
  });
});
