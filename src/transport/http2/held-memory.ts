/**
 * Bytes of requests and answers that clients make a server hold, shared by all its connections. One that is alone may use all of it;
 * when it is used up, those that take nothing make room, and then those that hold more than their share.
 */

const MAX_HELD_BYTES = 256 * 1024 * 1024;
/** A connection on which nothing has moved for so long is the first to make room. */
const STALLED_MS = 1000;
/** What such a one loses at least, so that its streams are not looked through for every answer of somebody else. */
const LEAST_SHED_BYTES = MAX_HELD_BYTES / 16;
/** Fewer bytes than this are no movement: a window of one byte a second would be one otherwise. */
const MOVE_BYTES = 16_384;

/** A connection, as the one who holds. */
export abstract class Holder {
  heldBytes = 0;
  /** When bytes that are held, or come to be, last moved. */
  movedMs = 0;
  #moved = 0;

  /** So many of its bytes came or went. */
  moved(bytes: number, nowMs: number): void {
    this.#moved += bytes;
    if (this.#moved < MOVE_BYTES) return;
    this.#moved = 0;
    this.movedMs = nowMs;
  }

  /** Gives up its largest streams until so many bytes are free, or none is left that can be. */
  abstract shed(bytes: number): void;
}

export class HeldMemory {
  readonly #nowMs: () => number;
  readonly #maxBytes: number;
  readonly #holders = new Set<Holder>();
  #held = 0;

  /** @param nowMs monotonic */
  constructor(nowMs: () => number, maxBytes = MAX_HELD_BYTES) {
    this.#nowMs = nowMs;
    this.#maxBytes = maxBytes;
  }

  /** @returns false when there is no room for so many bytes more; what is alone always finds some, however large it is */
  hold(holder: Holder, bytes: number): boolean {
    if (!this.#fits(bytes) && !this.#makeRoom(holder, bytes)) return false;
    if (holder.heldBytes === 0 && bytes > 0) {
      this.#holders.add(holder);
      holder.movedMs = this.#nowMs();
    }
    holder.heldBytes += bytes;
    this.#held += bytes;
    return true;
  }

  release(holder: Holder, bytes: number): void {
    holder.heldBytes -= bytes;
    this.#held -= bytes;
    if (holder.heldBytes === 0) this.#holders.delete(holder);
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#maxBytes;
  }

  #makeRoom(asker: Holder, bytes: number): boolean {
    const nowMs = this.#nowMs();
    const holders = this.#holders.size + (asker.heldBytes === 0 ? 1 : 0);
    const share = this.#maxBytes / holders;
    const mayTake = asker.heldBytes + bytes <= share;
    // What takes nothing itself has no claim to what others do not take.
    if (!mayTake && asker.heldBytes > 0 && isStalled(asker, nowMs)) return false;
    const spent = new Set<Holder>([asker]);
    while (!this.#fits(bytes)) {
      const victim = this.#victim(spent, nowMs, mayTake ? share : Number.POSITIVE_INFINITY);
      if (victim === undefined) return false;
      const needed = this.#held + bytes - this.#maxBytes;
      spent.add(victim);
      victim.shed(isStalled(victim, nowMs) ? Math.max(needed, LEAST_SHED_BYTES) : needed);
    }
    return true;
  }

  /** The largest that is stalled; without any, the largest of those over `share`. */
  #victim(spent: ReadonlySet<Holder>, nowMs: number, share: number): Holder | undefined {
    let stalled: Holder | undefined;
    let greedy: Holder | undefined;
    for (const holder of this.#holders) {
      if (spent.has(holder)) continue;
      if (isStalled(holder, nowMs)) {
        if (stalled === undefined || holder.heldBytes > stalled.heldBytes) stalled = holder;
      } else if (holder.heldBytes > share && (greedy === undefined || holder.heldBytes > greedy.heldBytes)) {
        greedy = holder;
      }
    }
    return stalled ?? greedy;
  }
}

function isStalled(holder: Holder, nowMs: number): boolean {
  return nowMs - holder.movedMs >= STALLED_MS;
}
