/**
 * Reads RESP2 and RESP3 as it comes from the socket. Rows, which are nearly all there is (lists of HMGET, maps of HGETALL), become
 * offsets into the received bytes without an object of their own; whatever else comes is skipped by counting, and decoded once it
 * is whole.
 */
import type { DueReplies, ValueTaker } from "./due-replies.ts";
import { ListRow } from "./list-row.ts";
import { MapRow } from "./map-row.ts";
import type { PendingRead } from "./pending-read.ts";
import { ReplySlab } from "./reply-slab.ts";
import { RespSkipper } from "./resp-skipper.ts";
import { decodeRespValue, MalformedReply, RespError, type RespValue } from "./resp-value.ts";
import { CR, LF, LONGEST_HEADER_BYTES, NINE, type RowProgress, ZERO } from "./row-bytes.ts";
import { type InvalidationTaker, takeInvalidation } from "./take-invalidation.ts";

const LIST = 0x2a;
const MAP = 0x25;
const PUSH = 0x3e;
const ATTRIBUTE = 0x7c;
const ERROR = 0x2d;
const STATUS = 0x2b;
const BLOB_ERROR = 0x21;
/** An invalidation names one key, which came out of a request. */
const MAX_PUSH_BYTES = 16 * 1024 * 1024;

/** What a skipped reply is for: its value is wanted; it is the reply of a read that is no row; it stands before a reply. */
type Skipping = "value" | "reply" | "attribute";

export interface ReplyHandlers {
  /** A reply while `awaitValues` stands, whole. */
  readonly onValue: (value: RespValue) => void;
  /** A push frame, between any two replies; without `invalidations` those, too. */
  readonly onPush: (value: RespValue) => void;
  /** Where `invalidate` goes, undecoded. */
  readonly invalidations?: InvalidationTaker | undefined;
  /** A command of a read was answered with an error. */
  readonly onError: (read: PendingRead, text: string) => void;
  /** HGETALL was answered: so many fields in so many bytes. */
  readonly onMap: (read: PendingRead, fields: number, bytes: number) => void;
  /** A command of a read was answered with something that is not a row of its width. @param isStatus `+OK` or the like */
  readonly onOther: (read: PendingRead, isStatus: boolean) => void;
}

export class ReplyReader {
  /** While true, replies are values for `onValue` (the handshake) instead of rows. */
  awaitValues = true;
  readonly #due: DueReplies;
  readonly #handlers: ReplyHandlers;
  readonly #slab = new ReplySlab((by) => this.#moved(by));
  readonly #skipper = new RespSkipper();
  readonly #list = new ListRow();
  readonly #map = new MapRow();
  #mode: "head" | "list" | "map" | "skip" = "head";
  #skipping: Skipping = "value";
  /** Where skipping goes on. */
  #at = 0;

  constructor(due: DueReplies, handlers: ReplyHandlers) {
    this.#due = due;
    this.#handlers = handlers;
  }

  /** Where the socket puts the next bytes; to be asked anew after each `received`. */
  room(): Buffer {
    return this.#slab.room();
  }

  /**
   * So many bytes were put into the last `room`.
   * @throws MalformedReply when they are not RESP, or a reply that nobody asked for; the connection is of no use then
   */
  received(bytes: number): void {
    this.#slab.end += bytes;
    while (this.#step()) {}
  }

  /** One part of a reply. False = more bytes are needed. */
  #step(): boolean {
    switch (this.#mode) {
      case "head":
        return this.#head();
      case "list":
        return this.#row(this.#list.read(this.#slab.bytes, this.#slab.end), this.#list);
      case "map":
        return this.#row(this.#map.read(this.#slab.bytes, this.#slab.end), this.#map);
      case "skip":
        return this.#skip();
    }
  }

  /** The first byte of a reply, and for a row its length. */
  #head(): boolean {
    const { bytes, end, start } = this.#slab;
    if (start === end) return false;
    const type = bytes[start]!;
    if (type === PUSH) return this.#skipFrom(start, "value");
    if (type === ATTRIBUTE) return this.#skipFrom(start, "attribute");
    if (this.awaitValues) return this.#skipFrom(start, "value");
    const read = this.#due.head();
    if (read === undefined) throw new MalformedReply("a reply that nobody waits for");
    if (read.wantsValue) return this.#skipFrom(start, "value");
    if ((type !== LIST && type !== MAP) || read.settled) return this.#skipFrom(start, "reply");
    let p = start + 1;
    let length = 0;
    let byte = bytes[p]!;
    while (p < end && byte >= ZERO && byte <= NINE && p < start + LONGEST_HEADER_BYTES) {
      length = length * 10 + byte - ZERO;
      p += 1;
      byte = bytes[p]!;
    }
    if (p + 2 > end && p < start + LONGEST_HEADER_BYTES) return false;
    if (byte !== CR || bytes[p + 1] !== LF || (type === LIST && length !== read.stride)) {
      return this.#skipFrom(start, "reply");
    }
    if (type === LIST) {
      this.#list.begin(read, p + 2);
      this.#mode = "list";
    } else {
      this.#map.begin(read, p + 2, length);
      this.#mode = "map";
    }
    return true;
  }

  #row(progress: RowProgress, row: ListRow | MapRow): boolean {
    if (progress === "more") return false;
    if (progress === "other") return this.#skipFrom(row.at, "reply", row.left);
    const read = this.#due.head() as PendingRead;
    // Its deadline may have come while the row did.
    if (!read.settled) {
      if (this.#mode === "map") this.#handlers.onMap(read, this.#map.fields, row.at - this.#slab.start);
      read.rowDone();
    }
    this.#due.replied();
    this.#next(row.at);
    return true;
  }

  #skipFrom(at: number, skipping: Skipping, elements = 1): true {
    this.#at = at;
    this.#skipping = skipping;
    this.#skipper.begin(elements, skipping === "attribute");
    this.#mode = "skip";
    return true;
  }

  #skip(): boolean {
    const slab = this.#slab;
    this.#at = this.#skipper.skip(slab.bytes, this.#at, slab.end);
    const read = this.#skipping === "reply" ? (this.#due.head() as PendingRead) : undefined;
    // Bytes that nobody will look at need no memory.
    if (this.#skipping === "attribute" || read?.settled === true) slab.start = this.#at;
    if (!this.#skipper.isDone) {
      if (this.#at - slab.start > MAX_PUSH_BYTES && slab.bytes[slab.start] === PUSH)
        throw new MalformedReply(`a push longer than ${MAX_PUSH_BYTES} bytes`);
      return false;
    }
    if (read !== undefined) {
      if (!read.settled) this.#refused(read);
      this.#due.replied();
      this.#next(this.#at);
    } else if (this.#skipping === "value") {
      this.#value();
    } else {
      this.#next(this.#at);
    }
    return true;
  }

  /** Hands on what was passed over for its value. */
  #value(): void {
    const { bytes, start } = this.#slab;
    const end = this.#at;
    const { invalidations } = this.#handlers;
    this.#next(end);
    if (bytes[start] === PUSH && invalidations && takeInvalidation(bytes, start, end, invalidations)) return;
    const value = decodeRespValue(bytes, start, end);
    if (bytes[start] === PUSH) {
      this.#handlers.onPush(value);
    } else if (this.awaitValues) {
      this.#handlers.onValue(value);
    } else {
      const taker = this.#due.head() as ValueTaker;
      this.#due.replied();
      taker.take(value);
    }
  }

  /** A reply that is no row: the server's error, or something else. */
  #refused(read: PendingRead): void {
    const { bytes, start } = this.#slab;
    const isError = bytes[start] === ERROR || bytes[start] === BLOB_ERROR;
    const value = isError ? decodeRespValue(bytes, start, this.#at) : undefined;
    if (value instanceof RespError) this.#handlers.onError(read, value.text);
    else this.#handlers.onOther(read, bytes[start] === STATUS);
  }

  #next(at: number): void {
    this.#slab.start = at;
    this.#mode = "head";
  }

  #moved(by: number): void {
    if (this.#mode === "list") this.#list.moved(by);
    else if (this.#mode === "map") this.#map.moved(by);
    else this.#at -= by;
  }
}
