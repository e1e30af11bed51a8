/** Memory for the spans of answers. */

/** 64 kB: what a slow reader can hold back is small. */
const SLAB_INTS = 16 * 1024;
/** Larger ones get memory of their own. */
const LARGEST_SHARED_INTS = SLAB_INTS / 4;

/** Cuts Int32Arrays from a shared slab: an ArrayBuffer of its own takes as long as the rest of a hit (0.8 µs for 50 features). */
export class SpanSlab {
  #slab = new Int32Array(SLAB_INTS);
  #used = 0;

  /** @returns an array whose content is undefined */
  take(length: number): Int32Array {
    if (length > LARGEST_SHARED_INTS) return new Int32Array(length);
    if (this.#used + length > SLAB_INTS) {
      this.#slab = new Int32Array(SLAB_INTS);
      this.#used = 0;
    }
    const spans = this.#slab.subarray(this.#used, this.#used + length);
    this.#used += length;
    return spans;
  }

  /** Gives back the last array taken, which nobody has seen. */
  untake(length: number): void {
    if (length <= LARGEST_SHARED_INTS) this.#used -= length;
  }
}
