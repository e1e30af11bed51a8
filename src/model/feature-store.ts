/** The one interface behind which every online store stands. */
import type { Lookup, RowBlock } from "./lookup.ts";

/** `connecting` = never reached yet; `up`; `down` = was reached, is not now. */
export type StoreState = "connecting" | "up" | "down";

/** One command a lookup would send, for `explain`: the words as a person reads them, binary arguments in hex. */
export interface StoreCommand {
  readonly words: readonly string[];
}

export interface FeatureStore {
  /** `online_store.type`. */
  readonly type: string;
  /**
   * How Feast's Python store for this type answers a cell that was never written: Redis gives an entry with an unset Value
   * for every requested field (`null`, status PRESENT), SQL-like stores give none (`not_found`).
   */
  readonly absentCells: "null" | "not_found";
  /** false: a versioned read is refused with VersionedOnlineReadNotSupported. */
  readonly readsVersions: boolean;
  /**
   * Begin connecting; never throws, the outcome shows in `state()`. Calls `onState` on every change, and again for each failed
   * attempt; `reason` then says what failed and where, without secrets.
   */
  start(onState: (state: StoreState, reason?: string) => void): void;
  state(): StoreState;
  /**
   * Reads all lookups at once. The answer has the same length and order as `lookups`.
   * @param deadlineMs absolute, `performance.now()` milliseconds, Infinity = none
   * @throws ServeError UNAVAILABLE when the store cannot be reached or answers an error, DEADLINE_EXCEEDED when time is up
   */
  read(lookups: readonly Lookup[], deadlineMs: number): Promise<readonly RowBlock[]>;
  /** What `read` would send, without sending it. */
  describe(lookups: readonly Lookup[]): readonly StoreCommand[];
  close(): Promise<void>;
}
