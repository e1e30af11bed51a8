/** The token of the debug listener. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { knowsToken } from "../../../src/debug/token-check.ts";

function tokenFile(content: string): string {
  const dir = mkdtempSync(join(tmpdir(), "feast-sidecar-token-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "token"), content);
  return join(dir, "token");
}

it.each([
  ["Bearer s3cret", true],
  ["bearer  s3cret", true],
  ["Bearer s3cre", false],
  ["Bearer s3cret more", false],
  ["Basic s3cret", false],
  ["Bearer ", false],
  ["s3cret", false],
  [undefined, false],
])("%s: %s", (authorization, isKnown) => {
  expect(knowsToken(tokenFile("s3cret\n"), authorization)).toBe(isKnown);
});

it("nobody knows an empty one, one that is no line, or one that is gone", () => {
  const long = "x".repeat(5000);
  expect(knowsToken(tokenFile("\n"), "Bearer x")).toBe(false);
  expect(knowsToken(tokenFile(long), `Bearer ${long}`)).toBe(false);
  expect(knowsToken("/nowhere/token", "Bearer x")).toBe(false);
});

it("a token that was renewed counts at once", () => {
  const file = tokenFile("one");
  expect(knowsToken(file, "Bearer two")).toBe(false);
  writeFileSync(file, "two");
  expect([knowsToken(file, "Bearer two"), knowsToken(file, "Bearer one")]).toEqual([true, false]);
});
