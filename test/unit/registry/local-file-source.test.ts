import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, test } from "vitest";
import { LocalFileSource } from "../../../src/registry/local-file-source.ts";
import type { RegistryLoad } from "../../../src/registry/registry-source.ts";

const fixture = fileURLToPath(new URL("../../fixtures/registry/registry.db", import.meta.url));
let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "registry-"));
  path = join(directory, "registry.db");
});
afterEach(() => rmSync(directory, { recursive: true }));

async function load(previous?: string): Promise<RegistryLoad> {
  const loaded = await new LocalFileSource(path).load(previous);
  if (loaded === "unchanged") throw new Error("expected a registry, got 'unchanged'");
  return loaded;
}

test("reads Feast's file, and not again while it is the same", async ({ expect }) => {
  copyFileSync(fixture, path);
  const { registry, token } = await load();
  expect(registry.projects.map((project) => project.spec?.name)).toContain("demo");
  expect(await new LocalFileSource(path).load(token)).toBe("unchanged");
  expect(new LocalFileSource(path).describe()).toBe(path);
});

test.for<[string, () => void]>([
  ["a new modification time", () => utimesSync(path, 1, 2)],
  [
    "another file of the same time and size in its place",
    () => {
      copyFileSync(fixture, `${path}.new`);
      utimesSync(`${path}.new`, 1000, 1000);
      renameSync(`${path}.new`, path);
    },
  ],
  [
    "another size at the same time",
    () => {
      writeFileSync(path, Buffer.from([0x1a, 1, 0x31]), { flag: "a" });
      utimesSync(path, 1000, 1000);
    },
  ],
])("%s is a change", async ([, change], { expect }) => {
  copyFileSync(fixture, path);
  utimesSync(path, 1000, 1000);
  const { token } = await load();
  expect(await new LocalFileSource(path).load(token)).toBe("unchanged");
  change();
  expect((await load(token)).token).not.toBe(token);
});

test("a missing file is an error that names it, and is not created", async ({ expect }) => {
  await expect(load()).rejects.toThrow(`Registry file ${path} cannot be read: it does not exist`);
  expect(readdirSync(directory)).toEqual([]);
});

test.for<[string, () => void]>([
  ["ELOOP", () => symlinkSync(path, path)],
  ["not a regular file", () => mkdirSync(path)],
  ["the file is empty", () => writeFileSync(path, "")],
  ["not a serialized feast.core.Registry", () => writeFileSync(path, "project: demo\nregistry: data/registry.db\n")],
])("an error says when it is: %s", async ([reason, make], { expect }) => {
  make();
  await expect(load()).rejects.toThrow(reason);
  await expect(load()).rejects.toThrow(path);
});

test("a truncated registry is an error", async ({ expect }) => {
  copyFileSync(fixture, path);
  truncateSync(path, 1000);
  await expect(load()).rejects.toThrow("not a serialized feast.core.Registry");
});
