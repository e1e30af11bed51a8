/**
 * Reads lookups from an open database, synchronously. Comes in: packed keys; goes out: packed rows. Lives in the worker.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { LookupView } from "../../model/lookup.ts";
import { ServeError } from "../../model/serve-error.ts";
import { eventTimeBytes } from "./event-time.ts";
import { RowWriter } from "./row-writer.ts";
import type { PackedBlock, PackedLookup, WorkerSettings } from "./sqlite-messages.ts";
import { eventTimeSql, NAMES_PER_STATEMENT, tableName, valuesSql } from "./sqlite-statements.ts";
import { WriterTimeZone } from "./writer-time-zone.ts";

/** How long a read waits for a writer that holds the file's lock (rollback journal, the mode Feast leaves it in). */
const BUSY_TIMEOUT_MS = 250;
const MAX_STATEMENTS = 200;
/** Keys between two looks at whether anybody still waits. */
const KEYS_PER_LOOK = 128;

export class SqliteReader {
  readonly #project: string;
  readonly #zone: WriterTimeZone;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws the driver's error when the file is missing, locked or no database */
  constructor(settings: WorkerSettings) {
    this.#project = settings.project;
    this.#zone = new WriterTimeZone(settings.writerTimeZone);
    this.#database = new DatabaseSync(settings.path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      // Opening reads nothing yet; this reads the header.
      this.#database.prepare("PRAGMA schema_version").get();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /**
   * All lookups of one request, in one snapshot of the file.
   * @param abandoned asked now and then; true ends the read
   * @returns undefined when abandoned
   * @throws ServeError FAILED_PRECONDITION for a cell that Feast could not have written, else the driver's error
   */
  read(lookups: readonly PackedLookup[], abandoned: () => boolean): PackedBlock[] | undefined {
    const blocks: PackedBlock[] = [];
    this.#database.exec("BEGIN");
    try {
      for (const lookup of lookups) {
        const block = this.#readLookup(lookup, abandoned);
        if (block === undefined) return undefined;
        blocks.push(block);
      }
    } finally {
      // SQLite ends the transaction itself on some errors.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    }
    return blocks;
  }

  #readLookup({ shape, keyBytes, keyEnds }: PackedLookup, abandoned: () => boolean): PackedBlock | undefined {
    const { stride, views } = shape;
    const writer = new RowWriter(keyEnds.length * stride);
    for (const view of views) {
      const slots = new Map(view.featureNames.map((name, i) => [name, view.firstSlot + i]));
      let start = 0;
      for (const [k, end] of keyEnds.entries()) {
        if (k % KEYS_PER_LOOK === 0 && abandoned()) return undefined;
        this.#readRow(view, slots, keyBytes.subarray(start, end), k * stride, writer);
        start = end;
      }
    }
    return writer.finish();
  }

  #readRow(view: LookupView, slots: Map<string, number>, key: Uint8Array, row: number, writer: RowWriter): void {
    const table = tableName(this.#project, view.storageName);
    const found = this.#statement(eventTimeSql(table)).get(key) as unknown as [unknown] | undefined;
    if (found === undefined) return;
    const eventTime = eventTimeBytes(found[0], this.#zone);
    if (eventTime === undefined) throw badCell(table, "event_ts", found[0], "whole seconds or a date text");
    writer.put(row + view.timestampSlot, eventTime);
    const names = view.featureNames;
    for (let first = 0; first < names.length; first += NAMES_PER_STATEMENT) {
      const some = names.length <= NAMES_PER_STATEMENT ? names : names.slice(first, first + NAMES_PER_STATEMENT);
      const rows = this.#statement(valuesSql(table, some.length)).all(key, ...some);
      for (const [name, value] of rows as unknown as [string, unknown][]) {
        if (!(value instanceof Uint8Array)) throw badCell(table, `value of feature ${name}`, value, "a blob");
        writer.put(row + slots.get(name)!, value);
      }
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** Feast itself fails on such a row too (protobuf's ParseFromString and its timestamp converter raise). */
function badCell(table: string, what: string, cell: unknown, expected: string): ServeError {
  const found = cell === null ? "NULL" : typeof cell === "string" ? JSON.stringify(cell) : String(cell);
  return new ServeError("FAILED_PRECONDITION", `table ${table}: ${what} is ${found}, expected ${expected}`);
}
