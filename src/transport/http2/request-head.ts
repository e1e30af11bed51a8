/** The fields of one header block, gathered and judged (RFC 9113, section 8.3). One per connection, used again for each block. */
import { type CallMetadata, NO_METADATA } from "../call-context.ts";
import { Name } from "./header-field.ts";
import type { FieldSink } from "./hpack-decoder.ts";

const ALL_PSEUDO = (1 << Name.METHOD) | (1 << Name.SCHEME) | (1 << Name.PATH);

/**
 * Characters of a value that are kept, for each stream may keep some. More than a path or an encoding that is known has, or a number
 * of ours or of gRPC's: what is longer stays wrong when it is cut, and a message quotes no more of it.
 */
const MOST_PATH = 1024;
const MOST_TEXT = 128;
/** Marks that are longer than these count as not given. W3C's traceparent has 55 characters, OpenCensus' 29 bytes are 40 of base64. */
const MOST_TRACE = 128;
const MOST_MARK = 32;

export class RequestHead implements FieldSink {
  method = "";
  path = "";
  contentType = "";
  grpcTimeout = "";
  grpcEncoding = "";
  /** -1 = not given. */
  contentLength = -1;
  metadata: Readonly<CallMetadata> = NO_METADATA;
  /** The list is larger than `maxListBytes`; what came after that was dropped. */
  isTooLarge = false;
  isMalformed = false;
  readonly #maxListBytes: number;
  #own: CallMetadata | undefined;
  #bytes = 0;
  /** Bit n: a field of kind n was there. */
  #seen = 0;
  /** Bit n: the values of kind n are too long together. */
  #dropped = 0;
  #regular = false;

  constructor(maxListBytes: number) {
    this.#maxListBytes = maxListBytes;
  }

  reset(): void {
    this.method = "";
    this.path = "";
    this.contentType = "";
    this.grpcTimeout = "";
    this.grpcEncoding = "";
    this.contentLength = -1;
    this.metadata = NO_METADATA;
    this.isTooLarge = false;
    this.isMalformed = false;
    this.#own = undefined;
    this.#bytes = 0;
    this.#seen = 0;
    this.#dropped = 0;
    this.#regular = false;
  }

  /** What a request must have, after its last field. */
  get isRequest(): boolean {
    return !this.isMalformed && (this.#seen & ALL_PSEUDO) === ALL_PSEUDO && this.path !== "";
  }

  /** Trailers have no pseudo-headers. */
  get isTrailers(): boolean {
    return !this.isMalformed && (this.#seen & (ALL_PSEUDO | (1 << Name.AUTHORITY))) === 0;
  }

  onField(kind: number, value: string, isMalformed: boolean, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxListBytes) {
      this.isTooLarge = true;
      return;
    }
    if (isMalformed) this.isMalformed = true;
    if (kind === Name.OTHER) {
      this.#regular = true;
      return;
    }
    if (kind <= Name.PSEUDO) {
      this.#onPseudo(kind, value);
      return;
    }
    this.#regular = true;
    switch (kind) {
      case Name.CONTENT_TYPE:
        this.contentType = cut(value, MOST_TEXT);
        return;
      case Name.GRPC_TIMEOUT:
        this.grpcTimeout = cut(value, MOST_TEXT);
        return;
      case Name.GRPC_ENCODING:
        this.grpcEncoding = cut(value, MOST_TEXT);
        return;
      case Name.TE:
        if (value !== "trailers") this.isMalformed = true;
        return;
      case Name.HOP_BY_HOP:
        this.isMalformed = true;
        return;
      case Name.CONTENT_LENGTH:
        if (!/^\d{1,15}$/.test(value) || (this.contentLength >= 0 && this.contentLength !== Number(value))) {
          this.isMalformed = true;
        } else this.contentLength = Number(value);
        return;
      default:
        this.#onMetadata(kind, value);
    }
  }

  #onPseudo(kind: number, value: string): void {
    const bit = 1 << kind;
    if (kind === Name.PSEUDO || this.#regular || (this.#seen & bit) !== 0) this.isMalformed = true;
    this.#seen |= bit;
    if (kind === Name.METHOD) this.method = cut(value, MOST_TEXT);
    else if (kind === Name.PATH) this.path = cut(value, MOST_PATH);
  }

  #onMetadata(kind: number, value: string): void {
    if (this.#own === undefined) {
      this.#own = { ...NO_METADATA };
      this.metadata = this.#own;
    }
    const own = this.#own;
    if (kind === Name.OWN_TIMEOUT) own.timeout = cut(joined(own.timeout, value), MOST_TEXT);
    else if (kind === Name.DEBUG) own.debug = this.#mark(kind, joined(own.debug, value), MOST_MARK);
    else if (kind === Name.PRIORITY) own.priority = this.#mark(kind, joined(own.priority, value), MOST_MARK);
    else if (kind === Name.TRACEPARENT) own.traceparent = this.#mark(kind, joined(own.traceparent, value), MOST_TRACE);
    else if (kind === Name.TRACE_BIN) own.traceBin = this.#mark(kind, joined(own.traceBin, value), MOST_TRACE);
  }

  /** @returns the value, or "" once it was too long */
  #mark(kind: number, value: string, most: number): string {
    if (value.length > most) this.#dropped |= 1 << kind;
    return (this.#dropped & (1 << kind)) === 0 ? value : "";
  }
}

function joined(before: string, value: string): string {
  return before === "" ? value : `${before}, ${value}`;
}

/** The first characters, as a string of its own: a slice would keep all of it in memory. */
function cut(value: string, most: number): string {
  return value.length <= most ? value : Buffer.from(value.slice(0, most), "latin1").toString("latin1");
}
