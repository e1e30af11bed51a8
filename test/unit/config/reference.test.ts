/** docs/configuration.md is what the generator prints. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configurationReference } from "../../../src/config/reference.ts";

test("docs/configuration.md is up to date (run scripts/generate-configuration-reference.ts)", () => {
  const path = new URL("../../../docs/configuration.md", import.meta.url);
  expect(readFileSync(path, "utf8")).toBe(configurationReference());
});
