import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Lookup, RowBlock } from "../../../src/model/lookup.ts";
import type { ServeError } from "../../../src/model/serve-error.ts";
import { packLookup, unpackBlock } from "../../../src/store/sqlite/pack.ts";
import { toServeError } from "../../../src/store/sqlite/sqlite-error.ts";
import { SqliteFile } from "../../../src/store/sqlite/sqlite-file.ts";
import { SqliteReader } from "../../../src/store/sqlite/sqlite-reader.ts";
import { describeStatements } from "../../../src/store/sqlite/sqlite-statements.ts";
import { lookupOf, rowHex, shapeOf } from "./lookup-fixture.ts";

let directory: string;
let path: string;
let writer: DatabaseSync;
let reader: SqliteReader | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "feast-sqlite-"));
  path = join(directory, "online.db");
  writer = new DatabaseSync(path);
});
afterEach(() => {
  reader?.close();
  reader = undefined;
  writer.close();
  rmSync(directory, { recursive: true });
});

/** The table as feast/infra/online_stores/sqlite.py:update makes it. */
function createTable(name: string, columns = "value BLOB, value_text TEXT, vector_value BLOB"): void {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  writer.exec(
    `CREATE TABLE ${quoted(name)} (entity_key BLOB, feature_name TEXT, ${columns}, event_ts timestamp, created_ts timestamp, PRIMARY KEY(entity_key, feature_name)); CREATE INDEX ${quoted(`${name}_ek`)} ON ${quoted(name)} (entity_key)`,
  );
}

function insert(
  table: string,
  key: string,
  feature: string,
  value: string | null,
  eventTs: number | string | null,
): void {
  writer
    .prepare(
      `INSERT INTO "${table.replaceAll('"', '""')}" (entity_key, feature_name, value, event_ts) VALUES (?, ?, ?, ?) ON CONFLICT(entity_key, feature_name) DO UPDATE SET value = excluded.value, event_ts = excluded.event_ts`,
    )
    .run(Buffer.from(key, "hex"), feature, value === null ? null : Buffer.from(value, "hex"), eventTs);
}

function read(lookups: readonly Lookup[], project = "demo"): RowBlock[] {
  reader ??= new SqliteReader({ path, project, writerTimeZone: "UTC" });
  const blocks = reader.read(lookups.map(packLookup), () => false);
  return blocks!.map((block, i) => unpackBlock(block, lookups[i]!.keys.length));
}

function failure(work: () => unknown): ServeError {
  try {
    work();
  } catch (error) {
    return toServeError(error, path);
  }
  throw new Error("expected a failure");
}

test("present, null, absent feature, absent key", () => {
  createTable("demo_stats");
  insert("demo_stats", "01", "a", "2007", 1_704_067_200);
  insert("demo_stats", "01", "b", "", 1_704_067_200);
  insert("demo_stats", "02", "a", "2008", 0);
  const shape = shapeOf(["stats", "b", "a", "never"]);
  const [block] = read([lookupOf(shape, "02", "03", "01")]);
  expect([0, 1, 2].map((k) => rowHex(block!, shape, k))).toEqual([
    [null, "2008", null, ""],
    [null, null, null, null],
    ["", "2007", null, "088081c8ac06"],
  ]);
});

test("a key with other features only is a row with a time", () => {
  createTable("demo_stats");
  insert("demo_stats", "01", "other", "2007", 1_704_067_200);
  const shape = shapeOf(["stats", "a"]);
  expect(rowHex(read([lookupOf(shape, "01")])[0]!, shape, 0)).toEqual([null, "088081c8ac06"]);
});

test("the row's time is that of the feature first written last, which is where Feast's own loop ends", () => {
  createTable("demo_stats");
  insert("demo_stats", "01", "z", "2001", 5);
  insert("demo_stats", "01", "a", "2002", 7);
  // An update keeps the place of its row.
  insert("demo_stats", "01", "z", "2003", 9);
  const shape = shapeOf(["stats", "z"]);
  expect(rowHex(read([lookupOf(shape, "01")])[0]!, shape, 0)).toEqual(["2003", "0807"]);
});

test("several views and lookups, odd names, old files without search columns", () => {
  createTable('my-demo_odd "view"', "value BLOB");
  createTable("my-demo_stats_v2");
  insert('my-demo_odd "view"', "aa", "x", "2001", "1970-01-01 00:00:01");
  insert("my-demo_stats_v2", "aa", "y", "2002", 2);
  insert("my-demo_stats_v2", "bb", "y", "2003", 3);
  const both = shapeOf(['odd "view"', "x"], ["stats_v2", "y"]);
  const one = shapeOf(["stats_v2", "y"]);
  const [first, second] = read([lookupOf(both, "aa", "bb"), lookupOf(one, "bb")], "my-demo");
  expect([0, 1].map((k) => rowHex(first!, both, k))).toEqual([
    ["2001", "0801", "2002", "0802"],
    [null, null, "2003", "0803"],
  ]);
  expect(rowHex(second!, one, 0)).toEqual(["2003", "0803"]);
});

test("more features than one statement binds, more bytes than the first buffer", () => {
  createTable("demo_wide");
  const names = Array.from({ length: 1203 }, (_, i) => `f${i}`);
  writer.exec("BEGIN");
  for (const [i, name] of names.entries()) insert("demo_wide", "01", name, i.toString(16).padStart(32, "0"), 4);
  writer.exec("COMMIT");
  const shape = shapeOf(["wide", ...names]);
  const row = rowHex(read([lookupOf(shape, "01")])[0]!, shape, 0);
  expect(row).toEqual([...names.map((_, i) => i.toString(16).padStart(32, "0")), "0804"]);
});

test("thousands of keys keep their order", () => {
  createTable("demo_stats");
  writer.exec("BEGIN");
  const keys = Array.from({ length: 2500 }, (_, i) => (i * 7919).toString(16).padStart(8, "0"));
  for (const key of keys) insert("demo_stats", key, "a", key, 1);
  writer.exec("COMMIT");
  const shape = shapeOf(["stats", "a"]);
  const [block] = read([lookupOf(shape, ...keys)]);
  expect(keys.map((_, k) => rowHex(block!, shape, k)[0])).toEqual(keys);
});

test("a missing table fails in SQLite's words", () => {
  const error = failure(() => read([lookupOf(shapeOf(["x", "a"]), "01")]));
  expect([error.code, error.message]).toEqual(["FAILED_PRECONDITION", "no such table: demo_x"]);
});

test("the reader serves on after a failed read", () => {
  createTable("demo_stats");
  insert("demo_stats", "01", "a", "2001", 1);
  failure(() => read([lookupOf(shapeOf(["x", "a"]), "01")]));
  const shape = shapeOf(["stats", "a"]);
  expect(rowHex(read([lookupOf(shape, "01")])[0]!, shape, 0)).toEqual(["2001", "0801"]);
});

test.each([
  ["event_ts", "2007", null, "table demo_stats: event_ts is NULL, expected whole seconds or a date text"],
  ["event_ts", "2007", "soon", 'table demo_stats: event_ts is "soon", expected whole seconds or a date text'],
  ["value", null, 1, "table demo_stats: value of feature a is NULL, expected a blob"],
] as const)("a broken %s is named", (_, value, eventTs, message) => {
  createTable("demo_stats");
  insert("demo_stats", "01", "a", value, eventTs);
  const error = failure(() => read([lookupOf(shapeOf(["stats", "a"]), "01")]));
  expect([error.code, error.message]).toEqual(["FAILED_PRECONDITION", message]);
});

test("a read that nobody waits for ends early", () => {
  createTable("demo_stats");
  reader = new SqliteReader({ path, project: "demo", writerTimeZone: "UTC" });
  const looks: number[] = [];
  const keys = Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(8, "0"));
  const packed = packLookup(lookupOf(shapeOf(["stats", "a"]), ...keys));
  expect(reader.read([packed], () => looks.push(1) === 2)).toBeUndefined();
  expect(looks).toHaveLength(2);
});

test("missing, foreign and locked files are UNAVAILABLE and named", () => {
  const missing = join(directory, "missing.db");
  const open = (at: string): ServeError =>
    failure(() => new SqliteFile({ path: at, project: "demo", writerTimeZone: "UTC" }).reader());
  expect(open(missing)).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("ENOENT") });

  const foreign = join(directory, "foreign.db");
  writeFileSync(foreign, "not a database, but long enough to have a header ".repeat(40));
  expect(open(foreign)).toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringContaining("file is not a database"),
  });

  createTable("demo_stats");
  writer.exec("BEGIN EXCLUSIVE");
  expect(open(path)).toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringMatching(new RegExp(`^sqlite ${path} cannot be read: database is locked`)),
  });
  writer.exec("ROLLBACK");
});

test("describes both statements of every view and key", () => {
  expect(describeStatements([lookupOf(shapeOf(['a"b', "x", "y"]), "0aff")], "demo")).toEqual([
    { words: ['SELECT event_ts FROM "demo_a""b" WHERE entity_key = ? ORDER BY rowid DESC LIMIT 1', "0aff"] },
    {
      words: [
        'SELECT feature_name, value FROM "demo_a""b" WHERE entity_key = ? AND feature_name IN (?, ?)',
        "0aff",
        "x",
        "y",
      ],
    },
  ]);
});
