/** What stores take from outside, so that tests can stand in for it. */
export interface StoreDeps {
  /** Monotonic milliseconds on the clock that request deadlines are given in (`performance.now`). */
  readonly now: () => number;
  /** In [0, 1), for the jitter of reconnects. */
  readonly random: () => number;
  /** Told, with the time, when something that was waited for wakes us. */
  readonly turn?: { enter(nowMs: number): void };
}
