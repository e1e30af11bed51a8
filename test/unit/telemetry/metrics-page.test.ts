/** docs/metrics.md is what the generator prints. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { metricsPage } from "../../../scripts/generate-metrics-table.ts";

test("docs/metrics.md is up to date (run scripts/generate-metrics-table.ts)", () => {
  expect(readFileSync(new URL("../../../docs/metrics.md", import.meta.url), "utf8")).toBe(metricsPage());
});
