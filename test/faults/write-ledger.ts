/** What was written when: the truth that answers are held against. */

interface EntityWrites {
  /** Highest version ever sent, acknowledged or not. */
  attempted: number;
  /** Acknowledged versions, growing, and when each reply had come. */
  readonly versions: number[];
  readonly ackedMs: number[];
}

export class WriteLedger {
  readonly #entities = new Map<number, EntityWrites>();
  acknowledged = 0;
  refused = 0;
  lastAckMs = 0;

  attempt(entity: number, version: number): void {
    const writes = this.#of(entity);
    writes.attempted = Math.max(writes.attempted, version);
  }

  acknowledge(entity: number, version: number, atMs: number): void {
    const writes = this.#of(entity);
    if (version <= (writes.versions.at(-1) ?? 0)) return;
    writes.versions.push(version);
    writes.ackedMs.push(atMs);
    this.acknowledged += 1;
    this.lastAckMs = atMs;
  }

  /** Lowest version that an answer may show when it must know all writes acknowledged before `atMs`. 0 = none yet. */
  floor(entity: number, atMs: number): number {
    const { versions, ackedMs } = this.#of(entity);
    let low = 0;
    let high = ackedMs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ackedMs[middle] as number) <= atMs) low = middle + 1;
      else high = middle;
    }
    return versions[low - 1] ?? 0;
  }

  /** When that version was acknowledged; undefined when it never was. */
  ackedAtMs(entity: number, version: number): number | undefined {
    const { versions, ackedMs } = this.#of(entity);
    return ackedMs[versions.indexOf(version)];
  }

  /** Highest version that was ever sent. */
  ceiling(entity: number): number {
    return this.#of(entity).attempted;
  }

  #of(entity: number): EntityWrites {
    let writes = this.#entities.get(entity);
    if (writes === undefined) {
      writes = { attempted: 0, versions: [], ackedMs: [] };
      this.#entities.set(entity, writes);
    }
    return writes;
  }
}
