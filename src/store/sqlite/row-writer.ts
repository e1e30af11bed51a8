/** Collects the cells of a block in one growing buffer that can be handed to another thread. */
import type { PackedBlock } from "./sqlite-messages.ts";

const FIRST_BYTES = 4096;

export class RowWriter {
  readonly #spans: Int32Array<ArrayBuffer>;
  #bytes = new Uint8Array(FIRST_BYTES);
  #used = 0;

  /** @param cells keys × stride of the lookup; every cell is absent at first */
  constructor(cells: number) {
    this.#spans = new Int32Array(2 * cells).fill(-1);
  }

  /** Fills one cell; `cell` = key × stride + slot. */
  put(cell: number, value: Uint8Array): void {
    const end = this.#used + value.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(value, this.#used);
    this.#spans[2 * cell] = this.#used;
    this.#spans[2 * cell + 1] = end;
    this.#used = end;
  }

  finish(): PackedBlock {
    return { bytes: this.#bytes.subarray(0, this.#used), spans: this.#spans };
  }

  #grow(atLeast: number): void {
    const bytes = new Uint8Array(Math.max(atLeast, 2 * this.#bytes.length));
    bytes.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = bytes;
  }
}
