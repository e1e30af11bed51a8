import { describe, expect, it } from "vitest";
import type { JsonValue, ValueColumn } from "../../../src/model/request.ts";
import { ServeError } from "../../../src/model/serve-error.ts";
import { ValueType } from "../../../src/model/value-type.ts";
import { coerceJsonColumn } from "../../../src/plan/coerce-json.ts";
import { parseJson } from "../../../src/transport/http1/parse-json.ts";
import cases from "./coerce-cases.json" with { type: "json" };

/** Sentences of Python's and protobuf's internals that are not worth copying word for word: the class of the failure must agree. */
const LOOSE = [/^Type `.*` not in /, /^must assign iterable/, /^expected bytes, /, /^Expected dict for MAP type/];

function hexRows({ bytes, spans }: ValueColumn): string[] {
  return Array.from({ length: spans.length / 2 }, (_, row) =>
    bytes.subarray(spans[row * 2], spans[row * 2 + 1]).toString("hex"),
  );
}

describe("columns convert as real Feast converts them (coerce-cases.json)", () => {
  it.each(cases.map((c) => [`${c.type} ${c.json}`, c] as const))("%s", (_name, { type, json, values, error }) => {
    const cells = parseJson(json) as JsonValue[];
    const declared = type === "UNKNOWN" ? undefined : ValueType[type as keyof typeof ValueType];
    if (values !== undefined) {
      expect(hexRows(coerceJsonColumn(cells, declared))).toEqual(values);
      return;
    }
    let caught: unknown;
    try {
      coerceJsonColumn(cells, declared);
    } catch (thrown) {
      caught = thrown;
    }
    expect(caught).toBeInstanceOf(ServeError);
    const loose = LOOSE.find((pattern) => pattern.test(error as string));
    if (loose === undefined) expect((caught as ServeError).message).toBe(error);
    else expect((caught as ServeError).message).toMatch(loose);
  });
});
