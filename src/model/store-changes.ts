/** What a store tells whoever keeps rows of it: that they are not what they were. */

/** Called from the middle of a read: must be quick, and must not throw. */
export interface StoreChanges {
  /**
   * Some field of this entity was written, deleted, or has expired. Told for keys that were read with `isCached`, once per change
   * or less often: after it the key has to be read again to be told again.
   * @param storeKey serialized entity key and project; the bytes are lent for the call, copy what is kept
   */
  keyChanged(storeKey: Buffer): void;
  /** Any row may have changed: the store was emptied, or filled with other data. */
  allChanged(): void;
  /**
   * Somebody who writes says so, on the freshness channel. May come before the nodes have the change, and more than once.
   * @param view its name as written to the store
   * @param storeKeys serialized entity keys and project; undefined = all rows of the view
   * @param isRepeat was told before, by another node: the change is as good, but it is no further one
   */
  viewChanged(view: string, storeKeys: readonly Buffer[] | undefined, isRepeat?: boolean): void;
}
