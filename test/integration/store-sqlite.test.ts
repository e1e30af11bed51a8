import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StoreState } from "../../src/model/feature-store.ts";
import { openStore } from "../../src/store/open-store.ts";
import { SqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { noteChanges } from "../fakes/state-log.ts";
import { type FeastStores, lookupOf, rowHex, shapeOf, timestampMicros } from "../unit/store/lookup-fixture.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/store/", import.meta.url));
const FEAST = JSON.parse(readFileSync(join(FIXTURES, "feast-stores.json"), "utf8")) as FeastStores;
const DEPS = { now: () => performance.now(), random: () => 0 };
const SHAPE = shapeOf(["stats", "a"]);

let directory: string;
let path: string;
let store: SqliteStore;
let states: StoreState[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "feast-sqlite-"));
  path = join(directory, "online.db");
  states = [];
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

function start(workerUrl?: URL, project = "demo", writerTimeZone = "UTC"): void {
  store = new SqliteStore({ path, project, writerTimeZone }, DEPS, workerUrl);
  store.start(noteChanges(states));
}

/** A database with one value for key aa in `demo_stats`. */
function writeFile(at: string, valueHex: string): void {
  const writer = new DatabaseSync(at);
  writer.exec(
    `CREATE TABLE "demo_stats" (entity_key BLOB, feature_name TEXT, value BLOB, value_text TEXT, vector_value BLOB, event_ts timestamp, created_ts timestamp, PRIMARY KEY(entity_key, feature_name)); CREATE INDEX "demo_stats_ek" ON "demo_stats" (entity_key); INSERT INTO demo_stats (entity_key, feature_name, value, event_ts) VALUES (x'aa', 'a', x'${valueHex}', 1)`,
  );
  writer.close();
}

async function read(timeoutMs = Number.POSITIVE_INFINITY, shape = SHAPE): Promise<{ code: string; message: string }> {
  const outcome: unknown = await store
    .read([lookupOf(shape, "aa")], performance.now() + timeoutMs)
    .catch((error: unknown) => error);
  if (outcome instanceof Error) return { code: (outcome as never)["code"], message: outcome.message };
  return { code: "OK", message: rowHex((outcome as never)[0], shape, 0).join() };
}

test.each(Object.entries(FEAST.sqlite))(
  "reads what real Feast wrote under %s",
  async (zone, { file, answer: answers }) => {
    copyFileSync(join(FIXTURES, file), path);
    start(undefined, FEAST.project, zone);
    for (const answer of answers) {
      const shape = shapeOf([answer.view, ...answer.features]);
      const [block] = await store.read([lookupOf(shape, answer.key)], Number.POSITIVE_INFINITY);
      const row = rowHex(block!, shape, 0);
      const values = Object.fromEntries(answer.features.flatMap((name, i) => (row[i] == null ? [] : [[name, row[i]]])));
      expect(values).toEqual(answer.values ?? {});
      const time = row.at(-1) ?? null;
      expect(time === null ? null : timestampMicros(time)).toBe(answer.event_time_us);
    }
    expect(answers).toHaveLength(6);
    expect(states).toEqual(["up"]);
  },
);

test("many reads at once each get their own answer", async () => {
  copyFileSync(join(FIXTURES, "feast-utc.db"), path);
  start(undefined, FEAST.project);
  const answers = FEAST.sqlite["UTC"]!.answer.filter(({ view }) => view === "driver_stats");
  const shape = shapeOf(["driver_stats", "trips", "city"]);
  const expected = answers.map(({ values }) => [values?.["trips"] ?? null, values?.["city"] ?? null]);
  const all = await Promise.all(
    Array.from({ length: 50 }, () =>
      store.read(
        answers.map(({ key }) => lookupOf(shape, key)),
        performance.now() + 10_000,
      ),
    ),
  );
  for (const blocks of all) expect(blocks.map((block) => rowHex(block, shape, 0).slice(0, 2))).toEqual(expected);
});

test("a file that is not there yet: connecting and UNAVAILABLE, then up by itself", async () => {
  start();
  expect(await read()).toMatchObject({
    code: "UNAVAILABLE",
    message: expect.stringContaining(`sqlite ${path} cannot be read`),
  });
  expect(store.state()).toBe("connecting");
  writeFile(path, "2001");
  await vi.waitFor(() => expect(states).toEqual(["up"]), 5000);
  expect(await read()).toEqual({ code: "OK", message: "2001,0801" });
});

test("a replaced file is noticed at the next read", async () => {
  writeFile(path, "2001");
  start();
  expect(await read()).toEqual({ code: "OK", message: "2001,0801" });
  writeFile(`${path}.new`, "2002");
  renameSync(`${path}.new`, path);
  expect(await read()).toEqual({ code: "OK", message: "2002,0801" });
});

test("a removed file is noticed without reads, and its return too", async () => {
  writeFile(path, "2001");
  start();
  await vi.waitFor(() => expect(states).toEqual(["up"]), 5000);
  unlinkSync(path);
  await vi.waitFor(() => expect(states).toEqual(["up", "down"]), 2000);
  expect(await read()).toMatchObject({ code: "UNAVAILABLE" });
  writeFile(path, "2003");
  await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), 2000);
  expect(await read()).toEqual({ code: "OK", message: "2003,0801" });
});

test("writes between reads are seen", async () => {
  writeFile(path, "2001");
  start();
  expect(await read()).toMatchObject({ code: "OK" });
  const writer = new DatabaseSync(path);
  writer.exec("UPDATE demo_stats SET value = x'2009', event_ts = 2");
  expect(await read()).toEqual({ code: "OK", message: "2009,0802" });
  writer.exec("DROP TABLE demo_stats");
  writer.close();
  expect(await read()).toEqual({ code: "FAILED_PRECONDITION", message: "no such table: demo_stats" });
  expect(states).toEqual(["up"]);
});

test("a locked file: the deadline is kept, a read without one gets UNAVAILABLE, later reads work", async () => {
  writeFile(path, "2001");
  start();
  expect(await read()).toMatchObject({ code: "OK" });
  const writer = new DatabaseSync(path);
  writer.exec("BEGIN EXCLUSIVE");
  const [late, locked] = await Promise.all([read(60), read()]);
  expect(late).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(locked).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("database is locked") });
  writer.exec("ROLLBACK");
  writer.close();
  await vi.waitFor(async () => expect(await read()).toEqual({ code: "OK", message: "2001,0801" }), 3000);
});

test("a deadline that has passed asks nothing", async () => {
  writeFile(path, "2001");
  start();
  expect(await read(-1)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
});

test("a dying thread fails its reads and is started again", async () => {
  start(new URL("../fakes/dying-sqlite-worker.ts", import.meta.url));
  await vi.waitFor(() => expect(states).toEqual(["up"]), 5000);
  expect(await read()).toEqual({
    code: "UNAVAILABLE",
    message: `sqlite ${path} cannot be read: its thread failed: the thread was shot`,
  });
  await vi.waitFor(() => expect(states).toEqual(["up", "down", "up"]), 5000);
  expect(await read()).toMatchObject({ code: "UNAVAILABLE" });
});

test("before start and after close reads fail", async () => {
  writeFile(path, "2001");
  store = new SqliteStore({ path, project: "demo", writerTimeZone: "UTC" }, DEPS);
  expect(await read()).toEqual({ code: "UNAVAILABLE", message: `sqlite ${path} cannot be read: it is not opened yet` });
  store.start(noteChanges(states));
  await vi.waitFor(() => expect(states).toEqual(["up"]), 5000);
  const pending = read();
  await store.close();
  expect((await pending).code).toMatch(/OK|UNAVAILABLE/);
  expect(await read()).toEqual({ code: "UNAVAILABLE", message: `sqlite ${path} cannot be read: it is closed` });
  expect(states).toEqual(["up"]);
});

test("openStore makes it from settings; an unknown zone is an error", async () => {
  store = openStore({ type: "sqlite", path, writerTimeZone: "UTC" }, "demo", DEPS) as SqliteStore;
  expect([store.type, store.absentCells, store.readsVersions, store.state()]).toEqual([
    "sqlite",
    "not_found",
    true,
    "connecting",
  ]);
  expect(() => openStore({ type: "sqlite", path, writerTimeZone: "Mars/Olympus" }, "demo", DEPS)).toThrow(RangeError);
});
