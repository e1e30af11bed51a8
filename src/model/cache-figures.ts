/**
 * What the cache counted. Unit of all counts, where nothing else is said: rows, that is one view of one entity key in one call. A row
 * that was asked for is a hit or a miss; rows of views whose policy is `disabled` are neither and are counted apart.
 */

/** Why rows that came were not kept. The first that holds counts. */
export const REFUSALS = ["changed", "lag", "feed", "storm", "signal", "older", "ttl", "size"] as const;

/**
 * `changed` = its key changed while it was read; `lag` = from a node that is known to be behind; `feed` = its changes are not told, or
 * no more; `storm` = too many keys change; `signal` = read too soon after a freshness signal; `older` = a row that was read later is
 * there already; `ttl` = it would be fresh for no time; `size` = too large.
 */
export type Refusal = (typeof REFUSALS)[number];

/** Upper bounds of the ages of rows compared in shadow mode, seconds; one more bucket for all that is above. */
export const SHADOW_AGE_SECONDS = [0.01, 0.1, 1, 5, 15, 60, 300] as const;

/** Rows by age (see {@link SHADOW_AGE_SECONDS}), not cumulated. */
export interface ShadowFigures {
  /** The cache would have answered the same as the store did. */
  readonly same: readonly number[];
  readonly different: readonly number[];
  /** Not compared: the key changed while the store was asked. */
  readonly unsure: number;
}

export interface ViewFigures {
  readonly view: string;
  readonly hits: number;
  readonly misses: number;
}

/** Calls by what became of their rows; those that went past the cache are not among them. Unit: calls. */
export interface RequestFigures {
  /** All rows were hits. */
  readonly hits: number;
  /** Some were. */
  readonly partial: number;
  readonly misses: number;
}

export interface ViewSignals {
  readonly view: string;
  readonly count: number;
  /** Since the last one. */
  readonly quietMs: number;
}

export interface SignalFigures {
  /** At most 200 views, those signalled first; the rest together as `other`. */
  readonly views: readonly ViewSignals[];
  /** Signals of views that the registry does not know; nothing came of them. */
  readonly unknown: number;
  /** Store keys in signals that are of another project, or too short; the rest of their signal counts. */
  readonly foreignKeys: number;
}

export interface CacheFigures {
  readonly requests: RequestFigures;
  /** Answered from entries at once; those of `negativeHits` and `swrHits` included. In shadow mode: would have been. */
  readonly hits: number;
  /** Had to be read, or waited for. */
  readonly misses: number;
  /** Hits that say that the row does not exist. */
  readonly negativeHits: number;
  /** Hits past their ttl, shown while they were read anew. */
  readonly swrHits: number;
  /** Rows past their ttl, or suspect, that `stale` handed out. */
  readonly stale: number;
  /** Misses that waited for a read that somebody else had begun. */
  readonly coalesced: number;
  /** Misses with an entry whose changes may have gone unnoticed. */
  readonly suspect: number;
  /** Read past the cache because of their policy. */
  readonly disabled: number;
  readonly filled: number;
  readonly refused: Readonly<Record<Refusal, number>>;
  /** Entries' rows that went because the store said that they changed. */
  readonly invalidated: number;
  /** Entries' rows that went to make room. */
  readonly evicted: number;
  /** Keys that the store named as changed, whether there were entries or not. Unit: keys. */
  readonly keyChanges: number;
  /** Reads in the background that failed. Unit: calls of the store. */
  readonly reloadsFailed: number;
  /** Since the process began. Unit: storms. */
  readonly storms: number;
  readonly isStorm: boolean;
  /** Rows held now. */
  readonly rows: number;
  /** Entity keys held now. */
  readonly keys: number;
  /** Memory of all entries with overhead. */
  readonly bytes: number;
  /** At most 200 views, those read first; the rest together as `other`. */
  readonly views: readonly ViewFigures[];
  readonly signals: SignalFigures;
  readonly shadow: ShadowFigures;
}
