/** `make demo`'s program, run whole against the built sidecar, and proof that it would notice a wrong answer. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Answer, type Cell, differences, expectedAnswer } from "../../examples/churn/expected.ts";

const DEMO = fileURLToPath(new URL("../../examples/churn/demo.ts", import.meta.url));

describe("the demo", () => {
  it("gets the right answers over gRPC and HTTP, prints them, and stops the server cleanly", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [DEMO], {
      cwd: "/",
      encoding: "utf8",
      timeout: 30_000,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [overGrpc = "", overHttp = ""] = stdout.split("\nHTTP: ");
    for (const part of [overGrpc, overHttp]) {
      expect(part).toMatch(/^ {2} +7590-VHVEG +2746-JUNDQ +0000-NOONE$/m);
      expect(part).toMatch(/^ {2}tenure_months +1 +0 +not found$/m);
      expect(part).toMatch(/^ {2}total_charges +29\.85 +null +not found$/m);
      expect(part).toMatch(/first [\d.]+ ms with connecting, median of 200 more [\d.]+ ms/);
    }
    expect(overGrpc).toMatch(/^ {2}paperless_billing +true +true +not found$/m);
    expect(overHttp).not.toContain("paperless_billing");
    expect(stdout).toMatch(/All 402 answers are as expected, and the server stopped cleanly\.\n$/);
  });
});

describe("what the demo compares with", () => {
  const ids = ["7590-VHVEG", "0000-NOONE"];
  const right = expectedAnswer(ids, ["contract", "tenure_months"]);
  const changed = (feature: string, cells: readonly Partial<Cell>[]): Answer =>
    new Map(right).set(
      feature,
      cells.map((cell, row) => ({ value: null, status: "", eventTimeS: 0, ...right.get(feature)?.[row], ...cell })),
    );

  it("comes from customers.csv", () => {
    const eventTimeS = Date.parse("2026-10-31T12:02:29Z") / 1000;
    const absent: Cell = { value: null, status: "NOT_FOUND", eventTimeS: 0 };
    expect([...right]).toEqual([
      ["contract", [{ value: "Month-to-month", status: "PRESENT", eventTimeS }, absent]],
      ["tenure_months", [{ value: 1, status: "PRESENT", eventTimeS }, absent]],
    ]);
    expect(differences(new Map([...right].reverse()), right)).toEqual([]);
  });

  it.each([
    { what: "a value", got: changed("tenure_months", [{ value: 2 }, {}]) },
    { what: "a value's type", got: changed("tenure_months", [{ value: "1" }, {}]) },
    { what: "a status", got: changed("tenure_months", [{}, { status: "PRESENT" }]) },
    { what: "an event time", got: changed("tenure_months", [{ eventTimeS: 1 }, {}]) },
    { what: "a row too few", got: changed("tenure_months", [{}]) },
    { what: "a feature missing", got: new Map([...right].slice(0, 1)) },
    { what: "a feature too many", got: new Map([...right, ["tenure_months2", []]]) },
  ])("differs by $what", ({ got }) => {
    const found = differences(got, right);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^tenure_months2?: got .*, expected /);
  });

  it("knows no feature that is not in the file", () => {
    expect(() => expectedAnswer(ids, ["tenure"])).toThrow("tenure is no column of customers.csv");
  });
});
