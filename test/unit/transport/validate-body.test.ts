/** Against the answers of FastAPI itself; make-golden-validation.py made them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeBody } from "../../../src/transport/http1/decode-body.ts";
import { BodyReadError } from "../../../src/transport/http1/read-body.ts";
import { BodyFaultError } from "../../../src/transport/http1/validate-body.ts";

interface GoldenCase {
  readonly body: string;
  readonly status: number;
  readonly answer: string;
}

const golden = JSON.parse(readFileSync(new URL("./golden-validation.json", import.meta.url), "utf8")) as GoldenCase[];

function ask(body: Buffer): { status: number; answer: string } {
  try {
    const request = decodeBody(body);
    const answer = {
      columns: Object.fromEntries(request.columns.map((column) => [column.name, column.rows])),
      service: request.featureService === "" ? null : request.featureService,
      features: request.features,
      full: request.fullFeatureNames,
      versions: request.includeVersionMetadata,
    };
    return { status: 200, answer: JSON.stringify(answer) };
  } catch (error) {
    if (error instanceof BodyFaultError) return { status: 422, answer: error.body };
    if (error instanceof BodyReadError) return { status: error.status, answer: error.body };
    throw error;
  }
}

describe("request bodies, as FastAPI answers them", () => {
  it("has the golden cases", () => {
    expect(golden.length).toBeGreaterThan(120);
  });

  for (const [index, golden_case] of golden.entries()) {
    const body = Buffer.from(golden_case.body, "base64");
    it(`${index}: ${JSON.stringify(body.toString("latin1").slice(0, 60))}`, () => {
      const { status, answer } = ask(body);
      expect(status).toBe(golden_case.status);
      // Object order of "__proto__" and integer-like names differs between the languages, not in meaning.
      if (status === 200) expect(JSON.parse(answer)).toEqual(JSON.parse(golden_case.answer));
      else expect(answer).toBe(golden_case.answer);
    });
  }
});

describe("what FastAPI cannot answer", () => {
  it("quotes NaN in a fault as null", () => {
    const answer = ask(Buffer.from('{"entities":{"a":NaN}}'));
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.answer).detail[0].input).toBeNull();
  });

  it("keeps the list of faults short", () => {
    const answer = ask(Buffer.from(`{"entities":{},"features":[${"1,".repeat(5000)}1]}`));
    expect(JSON.parse(answer.answer).detail).toHaveLength(100);
  });
});
