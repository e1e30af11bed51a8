/** One key that Feast wrote into a SQLite store, for `doctor`. */
import { DatabaseSync } from "node:sqlite";
import { quoteIdentifier, tableName } from "./sqlite-statements.ts";

/**
 * @param storageNames views as they are stored, looked at in order
 * @returns the entity key of some row; undefined = none of the views has one
 * @throws the driver's error when the file is missing or no database
 */
export function firstKey(path: string, project: string, storageNames: Iterable<string>): Buffer | undefined {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const exists = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
    for (const name of storageNames) {
      const table = tableName(project, name);
      if (exists.get(table) === undefined) continue;
      const row = database.prepare(`SELECT entity_key FROM ${quoteIdentifier(table)} LIMIT 1`).get();
      const key = row?.["entity_key"];
      if (key instanceof Uint8Array) return Buffer.from(key);
    }
    return undefined;
  } finally {
    database.close();
  }
}
