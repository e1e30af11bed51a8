/** How to reach Feast's SQLite online store (feast/infra/online_stores/sqlite.py:SqliteOnlineStoreConfig). */
export interface SqliteSettings {
  /** Absolute path of the database file. */
  readonly path: string;
  /**
   * `sidecar.sqlite.writer_time_zone`: IANA zone of the machine that ran `feast materialize`. Feast stores event times
   * shifted by that machine's UTC offset, and only this undoes it.
   */
  readonly writerTimeZone: string;
}

export interface SqliteStoreOptions extends SqliteSettings {
  readonly project: string;
}
