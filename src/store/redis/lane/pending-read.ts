/** One `read` on its way: what it asks, where its replies go, and the one promise it settles. */
import type { Lookup, LookupShape, RowBlock } from "../../../model/lookup.ts";
import type { ServeError } from "../../../model/serve-error.ts";
import type { SpanPool } from "./span-pool.ts";

const NO_BYTES = Buffer.alloc(0);
const NO_SPANS = new Int32Array(0);
const NO_SHAPE: LookupShape = { views: [], stride: 0 };
const NO_BLOCKS: readonly OpenBlock[] = [];

interface OpenBlock extends RowBlock {
  readonly sources: Buffer[];
}

/** Told when a read needs no more watching. */
export interface ReadWatcher {
  remove(read: PendingRead): void;
}

/**
 * Replies arrive in the order of the commands, so one cursor says where the next row belongs; the reader takes `spans`,
 * `sources`, `stride` and `key` from here at the head of each reply.
 */
export class PendingRead {
  readonly wantsValue = false;
  readonly lookups: readonly Lookup[];
  readonly deadlineMs: number;
  /** Goes out in chunks. */
  readonly isLarge: boolean;
  /** Place in the sweep of deadlines, −1 = not in it. */
  sweepIndex = -1;
  /** Answered, failed or late: replies that still come are dropped. */
  settled = false;
  /** Where the next row goes. */
  spans: Int32Array = NO_SPANS;
  sources: Buffer[] = [];
  stride = 0;
  key = 0;
  shape: LookupShape = NO_SHAPE;
  /** The next key to send, while a large read goes out in chunks. */
  sendLookup = 0;
  sendKey = 0;
  #repliesDue = 0;
  #keyEnd = 0;
  #lookup = -1;
  #blocks: readonly OpenBlock[];
  readonly #watcher: ReadWatcher;
  readonly #resolve: (blocks: readonly RowBlock[]) => void;
  readonly #reject: (error: ServeError) => void;

  constructor(
    lookups: readonly Lookup[],
    deadlineMs: number,
    isLarge: boolean,
    spans: SpanPool,
    watcher: ReadWatcher,
    resolve: (blocks: readonly RowBlock[]) => void,
    reject: (error: ServeError) => void,
  ) {
    this.lookups = lookups;
    this.deadlineMs = deadlineMs;
    this.isLarge = isLarge;
    this.#watcher = watcher;
    this.#resolve = resolve;
    this.#reject = reject;
    const blocks = new Array<OpenBlock>(lookups.length);
    for (let i = 0; i < lookups.length; i += 1) {
      const { shape, keys } = lookups[i]!;
      // A shape without slots asks nothing, and HMGET without fields is an error.
      if (shape.stride === 0) {
        blocks[i] = { sources: new Array<Buffer>(keys.length).fill(NO_BYTES), spans: NO_SPANS };
      } else {
        this.#repliesDue += keys.length;
        blocks[i] = { sources: new Array<Buffer>(keys.length), spans: spans.take(2 * keys.length * shape.stride) };
      }
    }
    this.#blocks = blocks;
    this.#nextLookup();
    if (this.#repliesDue === 0) this.#succeed();
  }

  /** The row of the cursor is in place. */
  rowDone(): void {
    this.#repliesDue -= 1;
    if (this.#repliesDue === 0) {
      this.#succeed();
      return;
    }
    this.key += 1;
    if (this.key === this.#keyEnd) this.#nextLookup();
  }

  /** First outcome wins; what has been read so far is let go. */
  fail(error: ServeError): void {
    if (this.settled) return;
    this.#settle();
    this.#reject(error);
  }

  #succeed(): void {
    const blocks = this.#blocks;
    this.#settle();
    this.#resolve(blocks);
  }

  #settle(): void {
    this.settled = true;
    this.#blocks = NO_BLOCKS;
    this.spans = NO_SPANS;
    this.sources = [];
    if (this.sweepIndex >= 0) this.#watcher.remove(this);
  }

  #nextLookup(): void {
    for (this.#lookup += 1; this.#lookup < this.lookups.length; this.#lookup += 1) {
      const { shape, keys } = this.lookups[this.#lookup]!;
      if (shape.stride === 0 || keys.length === 0) continue;
      const block = this.#blocks[this.#lookup]!;
      this.spans = block.spans;
      this.sources = block.sources;
      this.shape = shape;
      this.stride = shape.stride;
      this.key = 0;
      this.#keyEnd = keys.length;
      return;
    }
  }
}
