/** Keys named by freshness signals: what is read of them within `max_lag` may be from before the write, so it is not kept. */

/** A message of 1 MiB names up to about 15,000 keys. */
const MAX_KEYS = 16_384;

export class SignalledKeys {
  readonly #forMs: number;
  /** Key → rows whose read began before are not kept. All stay for the same time, so the oldest stand first. */
  readonly #beforeMs = new Map<string, number>();
  /** The latest of those forgotten: a read that began before it and is still under way may have been meant. */
  #forgottenMs = Number.NEGATIVE_INFINITY;

  /** @param forMs from the signal on */
  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  /** @returns false when there are too many to remember */
  add(id: string, nowMs: number): boolean {
    this.#forget(nowMs);
    if (!this.#beforeMs.delete(id) && this.#beforeMs.size >= MAX_KEYS) return false;
    this.#beforeMs.set(id, nowMs + this.#forMs);
    return true;
  }

  /** @param startMs when the read of the key began */
  has(id: string, startMs: number): boolean {
    if (startMs < this.#forgottenMs) return true;
    if (this.#beforeMs.size === 0) return false;
    const beforeMs = this.#beforeMs.get(id);
    return beforeMs !== undefined && startMs < beforeMs;
  }

  #forget(nowMs: number): void {
    for (const [id, beforeMs] of this.#beforeMs) {
      if (beforeMs > nowMs) break;
      this.#beforeMs.delete(id);
      this.#forgottenMs = beforeMs;
    }
  }
}
