/** The last streams of a connection that ended, and how: frames for them may still be on their way. */

/** So many are remembered; a power of two. */
const REMEMBERED = 256;

/** `UNKNOWN`: too long ago, or it never was. `ENDED`: by both sides. `CUT`: by us, and the client may not know it yet. */
export const Fate = { UNKNOWN: 0, ENDED: 1, CUT: 2 } as const;

export class EndedStreams {
  readonly #ids = new Int32Array(REMEMBERED);
  readonly #fates = new Uint8Array(REMEMBERED);

  /** @param fate one of {@link Fate} */
  add(id: number, fate: number): void {
    const slot = (id >>> 1) & (REMEMBERED - 1);
    this.#ids[slot] = id;
    this.#fates[slot] = fate;
  }

  fate(id: number): number {
    const slot = (id >>> 1) & (REMEMBERED - 1);
    return this.#ids[slot] === id ? (this.#fates[slot] as number) : Fate.UNKNOWN;
  }
}
