/** The database file: opened, found replaced, opened again. Lives in the worker. */
import { statSync } from "node:fs";
import type { WorkerSettings } from "./sqlite-messages.ts";
import { SqliteReader } from "./sqlite-reader.ts";

export class SqliteFile {
  readonly #settings: WorkerSettings;
  #reader: SqliteReader | undefined;
  #identity = "";

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  /**
   * A reader of the file that is at the path now: after `feast teardown` and a new `materialize` that is another file.
   * @throws the file system's or the driver's error when it cannot be read
   */
  reader(): SqliteReader {
    let identity: string;
    try {
      // Before opening: a file that is swapped in between is then found to differ at the next look.
      const { dev, ino } = statSync(this.#settings.path, { bigint: true });
      identity = `${dev}:${ino}`;
    } catch (error) {
      this.drop();
      throw error;
    }
    if (this.#reader !== undefined && identity === this.#identity) return this.#reader;
    this.drop();
    this.#reader = new SqliteReader(this.#settings);
    this.#identity = identity;
    return this.#reader;
  }

  /** Closes the file; the next `reader` opens it again. */
  drop(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }
}
