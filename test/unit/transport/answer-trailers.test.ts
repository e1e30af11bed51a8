import { describe, expect, it } from "vitest";
import { answerTrailers } from "../../../src/transport/answer-trailers.ts";
import { TransportCall } from "../../../src/transport/call-context.ts";

function callWith(more: Partial<Pick<TransportCall, "degraded" | "trailers">>): TransportCall {
  return Object.assign(new TransportCall(0, Number.POSITIVE_INFINITY), more);
}

describe("answerTrailers", () => {
  it("is undefined for an answer that is as it should be", () => {
    expect(answerTrailers(callWith({}))).toBeUndefined();
    expect(answerTrailers({ startMs: 0, deadlineMs: 1, cancelled: false })).toBeUndefined();
    expect(answerTrailers(callWith({ degraded: [], trailers: [] }))).toBeUndefined();
  });

  it("tells the marks first, then the rest, four in all", () => {
    const call = callWith({
      degraded: [{ view: "v", policy: "stale", reason: "lag", rows: 1, cells: 1, ageMs: 2 }],
      trailers: [
        ["feast-sidecar-budget", "loop=1"],
        ["feast-sidecar-b", "2"],
        ["feast-sidecar-c", "3"],
        ["feast-sidecar-d", "4"],
      ],
    });
    expect(answerTrailers(call)).toEqual([
      ["feast-sidecar-degraded", "v=stale;reason=lag;rows=1;age_ms=2"],
      ["feast-sidecar-budget", "loop=1"],
      ["feast-sidecar-b", "2"],
      ["feast-sidecar-c", "3"],
    ]);
  });

  it("makes of any value one that a header may hold", () => {
    const value = (text: string) => answerTrailers(callWith({ trailers: [["feast-sidecar-budget", text]] }))?.[0]?.[1];
    expect(value("a\r\nx: y\0\u007fż\t")).toBe("a??x: y????");
    expect(value("  a b  ")).toBe("a b");
    expect(value("v".repeat(5000))).toBe("v".repeat(2048));
    expect(value("")).toBe("");
  });
});
