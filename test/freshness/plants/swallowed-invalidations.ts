/** A planted bug, loaded into the sidecar's process before it starts: one invalidation of a hundred is lost. */
import { EntryChanges } from "../../../src/cache/entry-changes.ts";

const ONE_IN = 100;
/** Of a key that was read from two nodes, the word of both has to be lost. */
const SLOT_MS = 100;
const { keyChanged } = EntryChanges.prototype;

EntryChanges.prototype.keyChanged = function (this: EntryChanges, storeKey: Buffer): void {
  let mixed = Math.floor(performance.now() / SLOT_MS);
  for (const byte of storeKey) mixed = (Math.imul(mixed, 31) + byte) >>> 0;
  if (mixed % ONE_IN !== 0) keyChanged.call(this, storeKey);
};
