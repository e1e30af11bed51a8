/** Requests of a bench run: rows in turn, typed key values. */
import { describe, expect, it } from "vitest";
import { grpcMessage, splitQuestion } from "../../../src/cli/bench-messages.ts";
import type { FeatureQuestion } from "../../../src/cli/feature-question.ts";
import { GetOnlineFeaturesRequest } from "../../../src/gen/feast/serving/ServingService.ts";

function question(columns: Readonly<Record<string, readonly string[]>>): FeatureQuestion {
  return { service: "svc", features: [], fullFeatureNames: false, columns: new Map(Object.entries(columns)) };
}

const rowsOf = (questions: readonly FeatureQuestion[], name: string): string[] =>
  questions.map(({ columns }) => (columns.get(name) ?? []).join());

describe("rows", () => {
  it("are all in each call unless told", () => {
    expect(rowsOf(splitQuestion(question({ a: ["1", "2", "3"] }), undefined), "a")).toEqual(["1,2,3"]);
  });

  it("go round, a pair of columns together", () => {
    const parts = splitQuestion(question({ a: ["1", "2", "3"], b: ["x", "y", "z"] }), 2);
    expect([rowsOf(parts, "a"), rowsOf(parts, "b")]).toEqual([
      ["1,2", "3,1"],
      ["x,y", "z,x"],
    ]);
  });

  it("may be more than there are, and there may be none", () => {
    expect(rowsOf(splitQuestion(question({ a: ["1"] }), 3), "a")).toEqual(["1,1,1"]);
    expect(splitQuestion(question({}), 3)).toHaveLength(1);
  });

  it("are as many for each key", () => {
    expect(() => splitQuestion(question({ a: ["1", "2"], b: ["x"] }), undefined)).toThrow(/as many values/);
  });
});

describe("key values over gRPC", () => {
  const valuesOf = (values: readonly string[], type?: "int32" | "int64" | "string" | "bytes"): unknown[] => {
    const types = new Map(type === undefined ? [] : [["k", type] as const]);
    const decoded = GetOnlineFeaturesRequest.decode(grpcMessage(question({ k: values }), types));
    return (decoded.entities.get("k")?.val ?? []).map(({ val }) => val);
  };

  it("are int64 when all are whole numbers that fit, else strings", () => {
    expect(valuesOf(["1", "-9223372036854775808"])).toEqual([
      { $case: "int64Val", int64Val: 1n },
      { $case: "int64Val", int64Val: -(2n ** 63n) },
    ]);
    expect(valuesOf(["1", "x"])).toEqual([
      { $case: "stringVal", stringVal: "1" },
      { $case: "stringVal", stringVal: "x" },
    ]);
    expect(valuesOf(["9223372036854775808"])).toEqual([{ $case: "stringVal", stringVal: "9223372036854775808" }]);
  });

  it("are of the type that is told", () => {
    expect(valuesOf(["7"], "string")).toEqual([{ $case: "stringVal", stringVal: "7" }]);
    expect(valuesOf(["7"], "int32")).toEqual([{ $case: "int32Val", int32Val: 7 }]);
    expect(valuesOf(["aGk="], "bytes")).toEqual([{ $case: "bytesVal", bytesVal: Buffer.from("hi") }]);
    expect(() => valuesOf(["2147483648"], "int32")).toThrow(/no int32/);
    expect(() => valuesOf(["x"], "int64")).toThrow(/k: 'x' is no int64/);
  });
});
