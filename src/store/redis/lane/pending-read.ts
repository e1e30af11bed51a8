/** One attempt to read rows from one node: what it asks, where its replies go, and whom it tells how it ended. */
import type { Lookup, LookupShape, RowBlock, RowFeed } from "../../../model/lookup.ts";
import type { ReadAttempt, ReadCaller } from "../../../model/read-attempt.ts";
import type { ServeError } from "../../../model/serve-error.ts";
import type { SpanPool } from "../../../wire/span-pool.ts";

const NO_BYTES = Buffer.alloc(0);
const NO_SPANS = new Int32Array(0);
const NO_SHAPE: LookupShape = { views: [], stride: 0 };
const NO_BLOCKS: readonly NodeRows[] = [];

/** A key that a node of a cluster answered with MOVED or ASK; its row is absent. */
export interface Redirect {
  readonly key: number;
  /** The server's words. */
  readonly text: string;
}

/** The rows of one lookup as one node answered. */
export interface NodeRows extends RowBlock {
  readonly sources: Buffer[];
  redirects: Redirect[] | undefined;
  /** How far the node's data is behind; 0 = it is in sync. */
  lagMs: number;
  /** The node that answered is the primary. */
  isFromPrimary: boolean;
  feed: RowFeed | undefined;
  feeds: (RowFeed | undefined)[] | undefined;
}

/** Told once how an attempt ended, unless it was abandoned. */
export interface ReadOwner {
  answered(read: PendingRead, rows: readonly NodeRows[]): void;
  /** @param word of the server's error (`LOADING`, …), "" = it was no answer that failed */
  failed(read: PendingRead, error: ServeError, word: string): void;
}

/**
 * Replies arrive in the order of the commands, so one cursor says where the next row belongs; the reader takes `spans`,
 * `sources`, `stride` and `key` from here at the head of each reply.
 */
export class PendingRead {
  readonly wantsValue = false;
  readonly lookups: readonly Lookup[];
  /** Goes out in chunks. */
  readonly isLarge: boolean;
  /** ASKING goes before each command: the node is only about to get these keys. */
  readonly isAsking: boolean;
  readonly sentMs: number;
  /** Its rows are to be kept: it goes over a connection whose keys are tracked, if the node has one. */
  isCached = false;
  /** Of the connection that it was sent over, as of then. */
  feed: RowFeed | undefined = undefined;
  /** Looked at between the chunks of a large read, and for which of them is next. */
  caller: ReadCaller | undefined = undefined;
  /** Of a large read: those whose time is up first go first, and one that cannot be done by then is not gone on with. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** What is told of it; undefined = nobody looks. */
  attempt: ReadAttempt | undefined = undefined;
  /** Cells asked for so far, while a large read goes out in chunks. */
  sentCells = 0;
  /** Cells that it asks for. */
  readonly cells: number;
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
  #blocks: readonly NodeRows[] = NO_BLOCKS;
  readonly #spanPool: SpanPool;
  readonly #owner: ReadOwner;

  constructor(
    lookups: readonly Lookup[],
    isLarge: boolean,
    isAsking: boolean,
    sentMs: number,
    spans: SpanPool,
    owner: ReadOwner,
  ) {
    this.lookups = lookups;
    this.isLarge = isLarge;
    this.isAsking = isAsking;
    this.sentMs = sentMs;
    this.#spanPool = spans;
    this.#owner = owner;
    let cells = 0;
    for (let i = 0; i < lookups.length; i += 1) {
      const { shape, keys } = lookups[i]!;
      if (shape.stride > 0) this.#repliesDue += keys.length;
      cells += keys.length * shape.stride;
    }
    this.cells = cells;
    if (!isLarge) this.open();
  }

  /** Takes the memory for its rows: at once, but for a large read, which may wait for its turn first. */
  open(): void {
    const { lookups } = this;
    const blocks = new Array<NodeRows>(lookups.length);
    for (let i = 0; i < lookups.length; i += 1) {
      const { shape, keys } = lookups[i]!;
      // A shape without slots asks nothing, and HMGET without fields is an error.
      if (shape.stride === 0) {
        blocks[i] = {
          sources: new Array<Buffer>(keys.length).fill(NO_BYTES),
          spans: NO_SPANS,
          redirects: undefined,
          lagMs: 0,
          isFromPrimary: false,
          feed: undefined,
          feeds: undefined,
        };
      } else {
        blocks[i] = {
          sources: new Array<Buffer>(keys.length),
          spans: this.#spanPool.take(2 * keys.length * shape.stride),
          redirects: undefined,
          lagMs: 0,
          isFromPrimary: false,
          feed: undefined,
          feeds: undefined,
        };
      }
    }
    this.#blocks = blocks;
    this.#nextLookup();
  }

  /** Somebody waits for a prediction. */
  get isLive(): boolean {
    return (this.caller?.priority ?? "live") === "live";
  }

  /** It asks nothing: the owner is told at once. */
  get isEmpty(): boolean {
    return this.#repliesDue === 0;
  }

  /** To be called for an empty one. */
  succeed(): void {
    const blocks = this.#blocks;
    this.#settle();
    this.#owner.answered(this, blocks);
  }

  /** The key of the cursor lies elsewhere. */
  redirected(text: string): void {
    const block = this.#blocks[this.#lookup]!;
    block.redirects ??= [];
    block.redirects.push({ key: this.key, text });
    block.sources[this.key] = NO_BYTES;
    block.spans.fill(-1, 2 * this.key * this.stride, 2 * (this.key + 1) * this.stride);
    this.rowDone();
  }

  /** The row of the cursor is in place. */
  rowDone(): void {
    this.#repliesDue -= 1;
    if (this.#repliesDue === 0) {
      this.succeed();
      return;
    }
    this.key += 1;
    if (this.key === this.#keyEnd) this.#nextLookup();
  }

  /** First outcome wins; what has been read so far is let go. @param word of the server's error */
  fail(error: ServeError, word = ""): void {
    if (this.settled) return;
    this.#settle();
    this.#owner.failed(this, error, word);
  }

  /** Nobody waits for it any more: its replies are dropped, nobody is told. */
  abandon(): void {
    if (!this.settled) this.#settle();
  }

  #settle(): void {
    this.settled = true;
    this.#blocks = NO_BLOCKS;
    this.spans = NO_SPANS;
    this.sources = [];
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
