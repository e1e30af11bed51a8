/** The SQL of a read, per table. */
import type { StoreCommand } from "../../model/feature-store.ts";
import type { Lookup } from "../../model/lookup.ts";

/** Feature names bound to one statement; far under SQLite's limit on variables (999 in old builds). */
export const NAMES_PER_STATEMENT = 500;

/** Name of a view's table (feast/infra/online_stores/helpers.py:compute_table_id). */
export function tableName(project: string, storageName: string): string {
  return `${project}_${storageName}`;
}

/** feast/infra/online_stores/sqlite.py:_quote_id */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The event time of a key. Feast keeps the time of the last row it sees, whatever feature it belongs to
 * (feast/infra/online_stores/sqlite.py:online_read); its statement runs over the index on entity_key, that is in rowid
 * order, so the last row is the one with the largest rowid. No row = the key was never written.
 */
export function eventTimeSql(table: string): string {
  return `SELECT event_ts FROM ${quoteIdentifier(table)} WHERE entity_key = ? ORDER BY rowid DESC LIMIT 1`;
}

/** The wanted features of a key; the table's primary key (entity_key, feature_name) answers it. */
export function valuesSql(table: string, names: number): string {
  const marks = new Array<string>(names).fill("?").join(", ");
  return `SELECT feature_name, value FROM ${quoteIdentifier(table)} WHERE entity_key = ? AND feature_name IN (${marks})`;
}

/** The statements a read of these lookups runs, each followed by its bound values (keys in hex). */
export function describeStatements(lookups: readonly Lookup[], project: string): StoreCommand[] {
  const commands: StoreCommand[] = [];
  for (const { shape, keys } of lookups) {
    for (const key of keys) {
      const keyHex = key.toString("hex");
      for (const { storageName, featureNames } of shape.views) {
        const table = tableName(project, storageName);
        commands.push({ words: [eventTimeSql(table), keyHex] });
        for (let first = 0; first < featureNames.length; first += NAMES_PER_STATEMENT) {
          const names = featureNames.slice(first, first + NAMES_PER_STATEMENT);
          commands.push({ words: [valuesSql(table, names.length), keyHex, ...names] });
        }
      }
    }
  }
  return commands;
}
