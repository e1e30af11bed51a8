/** Every recorded ratio stands on the baseline, so it may not change. A better baseline is another file. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const BASELINE = new URL("../../../bench/baseline/grpcjs-ioredis.ts", import.meta.url);

it("bench/baseline/grpcjs-ioredis.ts is what it was", () => {
  expect(createHash("sha256").update(readFileSync(BASELINE)).digest("hex")).toBe(
    "dde371c0ecefa3bdbd1f491e43ef94fdc6b8a29e335cc49ac12c2f7bbe076dde",
  );
});
