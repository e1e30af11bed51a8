/** Replies a connection owes, oldest first: which read each belongs to. */
import type { ServeError } from "../../../model/serve-error.ts";
import type { PendingRead } from "./pending-read.ts";
import type { RespValue } from "./resp-value.ts";

const FIRST_CAPACITY = 64;

/** Somebody who wants a reply as a value. */
export interface ValueTaker {
  readonly wantsValue: true;
  take(value: RespValue): void;
}

export type ReplyOwner = PendingRead | ValueTaker;

/**
 * A ring of entries (read, replies still due, cells). A small read is one entry, a large one an entry per chunk.
 * Flat arrays: nothing is allocated per reply, and a push allocates only when the ring grows.
 */
export class DueReplies {
  /** Entries in the ring. */
  length = 0;
  /** Cells of the entries; dead reads count until they are drained, so this bounds a node that falls behind. */
  cells = 0;
  #reads: (ReplyOwner | undefined)[] = new Array(FIRST_CAPACITY);
  #replies = new Int32Array(FIRST_CAPACITY);
  #cells = new Int32Array(FIRST_CAPACITY);
  #sentMs = new Float64Array(FIRST_CAPACITY);
  #first = 0;
  readonly #onEntryDone: (read: ReplyOwner, sentMs: number, cells: number) => void;
  readonly #onEntryLost: (read: ReplyOwner) => void;

  /**
   * @param onEntryDone told after the last reply of an entry, when it was sent, and of how many cells it was
   * @param onEntryLost told of an entry whose replies will never come
   */
  constructor(
    onEntryDone: (read: ReplyOwner, sentMs: number, cells: number) => void,
    onEntryLost: (read: ReplyOwner) => void,
  ) {
    this.#onEntryDone = onEntryDone;
    this.#onEntryLost = onEntryLost;
  }

  /** When the oldest entry was sent; Infinity = nothing is due. */
  get oldestSentMs(): number {
    return this.length === 0 ? Number.POSITIVE_INFINITY : this.#sentMs[this.#first]!;
  }

  push(read: ReplyOwner, replies: number, cells: number, sentMs: number): void {
    if (this.length === this.#reads.length) this.#grow();
    const at = (this.#first + this.length) & (this.#reads.length - 1);
    this.#reads[at] = read;
    this.#replies[at] = replies;
    this.#cells[at] = cells;
    this.#sentMs[at] = sentMs;
    this.length += 1;
    this.cells += cells;
  }

  /** The read that the next reply belongs to. */
  head(): ReplyOwner | undefined {
    return this.length === 0 ? undefined : this.#reads[this.#first];
  }

  /** The next reply has come, whatever it was. */
  replied(): void {
    const at = this.#first;
    this.#replies[at]! -= 1;
    if (this.#replies[at] !== 0) return;
    const read = this.#reads[at]!;
    this.#reads[at] = undefined;
    this.#first = (at + 1) & (this.#reads.length - 1);
    this.length -= 1;
    const cells = this.#cells[at]!;
    this.cells -= cells;
    this.#onEntryDone(read, this.#sentMs[at]!, cells);
  }

  /** The connection is gone: nothing will come. */
  failAll(error: ServeError): void {
    const lost: PendingRead[] = [];
    for (let i = 0; i < this.length; i += 1) {
      const at = (this.#first + i) & (this.#reads.length - 1);
      const owner = this.#reads[at]!;
      this.#reads[at] = undefined;
      this.#onEntryLost(owner);
      if (!owner.wantsValue) lost.push(owner);
    }
    this.length = 0;
    this.cells = 0;
    // Told last: a read that fails may be sent again at once.
    for (const read of lost) read.fail(error);
  }

  #grow(): void {
    const { length } = this.#reads;
    const reads = new Array<ReplyOwner | undefined>(2 * length);
    const replies = new Int32Array(2 * length);
    const cells = new Int32Array(2 * length);
    const sentMs = new Float64Array(2 * length);
    for (let i = 0; i < length; i += 1) {
      const at = (this.#first + i) & (length - 1);
      reads[i] = this.#reads[at];
      replies[i] = this.#replies[at]!;
      cells[i] = this.#cells[at]!;
      sentMs[i] = this.#sentMs[at]!;
    }
    this.#reads = reads;
    this.#replies = replies;
    this.#cells = cells;
    this.#sentMs = sentMs;
    this.#first = 0;
  }
}
