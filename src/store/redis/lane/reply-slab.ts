/** The memory that a socket receives into, so that a reply's bytes lie side by side without being copied. */

/** A slow request pins this much; a smaller slab is full, and copied from, more often. */
const SLAB_BYTES = 128 * 1024;
/** Less room than this is left unused: short reads cost a system call each. */
const LEAST_ROOM_BYTES = 16 * 1024;

/**
 * Bytes `start … end` are still needed for the reply in progress. When the slab is full, those few move to the front of a new
 * one; the old slab lives as long as rows point into it. No slab is larger than twice what a reply has already sent.
 */
export class ReplySlab {
  bytes: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** First byte still needed. */
  start = 0;
  /** End of what was received. */
  end = 0;
  readonly #onMoved: (by: number) => void;

  /** @param onMoved told by how much offsets at or after `start` have become smaller, when `bytes` is another buffer */
  constructor(onMoved: (by: number) => void) {
    this.#onMoved = onMoved;
  }

  /** Where the next bytes go. */
  room(): Buffer {
    if (this.bytes.length - this.end < LEAST_ROOM_BYTES) this.#roll();
    return this.bytes.subarray(this.end);
  }

  #roll(): void {
    const kept = this.end - this.start;
    const bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * kept));
    bytes.set(this.bytes.subarray(this.start, this.end));
    const by = this.start;
    this.bytes = bytes;
    this.start = 0;
    this.end = kept;
    this.#onMoved(by);
  }
}
