/** Whoever counts what the cells of answers are, by view. */
export interface CellTally {
  /**
   * Cells of one answer that are not just values that are there.
   * @param view as its rows lie in the store
   * @param missing the key, the row or the feature does not exist
   * @param nulls stored without a value
   * @param expired older than the view's ttl
   */
  add(view: string, missing: number, nulls: number, expired: number): void;
}
