/** scripts/gen.sh --check: src/gen is what proto/ gives, and a file that is not is found. */
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { REPOSITORY } from "./scratch-tree.ts";

function check(root: string): { code: number | null; stderr: string } {
  const { status, stderr } = spawnSync(join(root, "scripts/gen.sh"), ["--check"], { encoding: "utf8" });
  return { code: status, stderr };
}

/** What the script reads, to be changed. */
function copy(): string {
  const root = mkdtempSync(join(tmpdir(), "feast-sidecar-gen-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const part of ["scripts/gen.sh", "buf.yaml", "buf.gen.yaml", "proto", "src/gen"]) {
    cpSync(join(REPOSITORY, part), join(root, part), { recursive: true });
  }
  symlinkSync(join(REPOSITORY, "node_modules"), join(root, "node_modules"));
  return root;
}

it("src/gen is up to date", () => {
  expect(check(REPOSITORY)).toEqual({ code: 0, stderr: "" });
});

it("a changed, a missing and a left-over file are found", () => {
  const root = copy();
  appendFileSync(join(root, "src/gen/feast/core/Entity.ts"), "// by hand\n");
  rmSync(join(root, "src/gen/feast/core/Feature.ts"));
  writeFileSync(join(root, "src/gen/feast/core/Gone.ts"), "");
  const { code, stderr } = check(root);
  expect(code).toBe(1);
  for (const name of ["Entity.ts", "Feature.ts", "Gone.ts"]) expect(stderr).toContain(name);
  expect(stderr).toContain("src/gen is out of date: run scripts/gen.sh");
});
