/** One gRPC call: what has come of it, what goes out, and how it ends. What `serve` sees of it is {@link GrpcCall}. */
import { ServeError } from "../../model/serve-error.ts";
import type { Due } from "../../timing/due-sweep.ts";
import { answerTrailers } from "../answer-trailers.ts";
import { TransportCall } from "../call-context.ts";
import { badCompression, deadlineExceeded, noMessage, outOfRoom, secondMessage } from "../grpc/call-refusals.ts";
import { asServeError, type GrpcStatus, toGrpcStatus } from "../grpc/grpc-status.ts";
import { inflateMessage } from "../grpc/inflate-message.ts";
import type { CallMetadata, GrpcCall, GrpcMethod, MessageStream, StreamListener } from "../grpc/method-table.ts";
import type { CallTable } from "./call-table.ts";
import { ErrorCode } from "./frames.ts";
import { NOT_GRPC_BODY, OK_TRAILERS, okTrailers } from "./header-block.ts";
import { isPrefixOf, MessageReader, type MessageSink } from "./message-reader.ts";
import { PREFIX_BYTES } from "./outgoing.ts";

/** Bytes a stream may have waiting for a client that does not read. */
const MAX_BACKLOG_BYTES = 1_048_576;
const OK: GrpcStatus = { code: 0, details: "", pushbackMs: undefined };

export class LeanCall extends TransportCall implements GrpcCall, MessageStream, MessageSink, Due {
  readonly id: number;
  readonly method: GrpcMethod;
  readonly metadata: Readonly<CallMetadata>;
  readonly startMs: number;
  /** false: it asked for something else than gRPC and gets 415. */
  readonly isGrpc: boolean;
  readonly dueMs: number;
  sweepSlot = -1;
  /** Nothing is sent or received any more. */
  isClosed = false;
  /** The client has said all. */
  isRemoteEnded = false;
  /** What the client may still send, and what it sent since it was told so. */
  receiveWindow: number;
  receivedBytes = 0;
  /** What `content-length` leaves to come; -1 = it was not given. */
  contentLeft: number;
  sendWindow: number;
  isHeadSent = false;
  isQueued = false;
  /** How it ends, once that is known. */
  status: GrpcStatus | undefined;
  /** What comes after its message when all went well. */
  okTrailers: Buffer = OK_TRAILERS;
  /** Bytes of the current message that are sent, its prefix counted from -5 on. */
  sentBytes = -PREFIX_BYTES;
  /** When it last got on: a byte in or out. */
  progressMs: number;
  readonly #table: CallTable;
  readonly #encoding: string;
  readonly #fault: unknown;
  /** Made for messages that are not one DATA frame each. */
  #reader: MessageReader | undefined;
  #request: Buffer | undefined;
  #isCompressed = false;
  #listener: StreamListener | undefined;
  /** Messages to send; the first one is under way. */
  #outbox: Uint8Array[] | undefined;
  #outboxBytes = 0;
  #held = 0;
  /** When its handler was called, -1 = not yet. */
  #handledMs = -1;

  /** @param fault of its metadata: refused with this when its message has come, as the handler of a method would */
  constructor(table: CallTable, id: number, method: GrpcMethod, deadlineMs: number, fault: unknown) {
    super(deadlineMs);
    this.dueMs = deadlineMs;
    const { head, nowMs } = table;
    this.#table = table;
    this.id = id;
    this.method = method;
    this.#fault = fault;
    this.startMs = nowMs;
    this.progressMs = nowMs;
    this.metadata = head.metadata;
    this.isGrpc = head.isTooLarge || head.contentType.startsWith("application/grpc");
    this.#encoding = head.grpcEncoding;
    this.contentLeft = head.contentLength;
    this.receiveWindow = table.receiveWindow;
    this.sendWindow = table.outgoing.initialWindow;
  }

  get isDeaf(): boolean {
    return this.isClosed || this.status !== undefined || !this.isGrpc;
  }

  /** The streams that go message by message begin here. */
  open(): void {
    if (this.method.kind === "stream") this.#listener = this.method.open(this);
  }

  /** DATA came. */
  receive(bytes: Buffer, from: number, to: number): void {
    this.progressMs = this.#table.nowMs;
    const { maxRequestBytes } = this.#table.core.options.limits;
    try {
      if (this.#reader === undefined) {
        const length = to - from - PREFIX_BYTES;
        if (length >= 0 && length <= maxRequestBytes && isPrefixOf(bytes, from, length)) {
          this.onMessage(bytes.subarray(from + PREFIX_BYTES, to), false);
          return;
        }
        this.#reader = new MessageReader(this, maxRequestBytes);
      }
      this.#reader.push(bytes, from, to);
    } catch (error) {
      this.refuse(error);
    }
  }

  reserve(bytes: number): void {
    if (!this.#table.core.hold(this.#table.held, bytes)) throw outOfRoom("unfinished requests");
    this.#held += bytes;
  }

  onMessage(message: Buffer, isCompressed: boolean): void {
    if (this.method.kind === "unary" || !this.method.requestStream) {
      if (this.#request !== undefined) throw secondMessage(this.method.path);
      this.#request = message;
      this.#isCompressed = isCompressed;
    } else if (isCompressed) throw new ServeError("UNIMPLEMENTED", "Compressed messages of a stream are not read");
    else this.#listener?.onMessage(message);
  }

  /** END_STREAM came. */
  receiveEnd(): void {
    this.isRemoteEnded = true;
    if (!this.isGrpc) {
      this.sentBytes = 0;
      this.#outbox = [NOT_GRPC_BODY];
      this.#end(OK);
      return;
    }
    const { method } = this;
    try {
      if (method.kind === "stream" && method.requestStream) this.#listener?.onEnd();
      else if (this.#request === undefined) throw noMessage(method.path);
      else if (this.#isCompressed) this.#inflate(this.#request);
      else this.#handle(this.#request);
    } catch (error) {
      this.refuse(error);
    }
  }

  #inflate(message: Buffer): void {
    if (this.#encoding === "" || this.#encoding === "identity") throw badCompression();
    inflateMessage(message, this.#encoding, this.#table.core.options.limits.maxRequestBytes).then(
      (inflated) => {
        if (this.isClosed) return;
        try {
          this.#handle(inflated);
        } catch (error) {
          this.refuse(error);
        }
      },
      (error: unknown) => this.refuse(error),
    );
  }

  /** @throws what a handler throws at once */
  #handle(request: Buffer): void {
    const { method } = this;
    this.#request = undefined;
    if (method.kind === "stream") {
      this.#listener?.onMessage(request);
      this.#listener?.onEnd();
      return;
    }
    const { core } = this.#table;
    this.#handledMs = core.options.recorder.enabled ? core.nowMs() : 0;
    if (this.#fault !== undefined) throw this.#fault;
    const answer = method.handle(request, this);
    if (answer instanceof Uint8Array) {
      this.#answer(answer);
      return;
    }
    this.#table.running++;
    answer.then(
      (bytes) => {
        this.#table.running--;
        // Nobody waits for this promise: what is thrown here would end the process.
        try {
          this.#answer(bytes);
        } catch (error) {
          this.refuse(error);
        }
      },
      (error: unknown) => {
        this.#table.running--;
        this.refuse(error);
      },
    );
  }

  #answer(bytes: Uint8Array): void {
    if (this.isClosed || this.status !== undefined) return;
    const trailers = answerTrailers(this);
    if (trailers !== undefined) this.okTrailers = okTrailers(trailers);
    else if (this.#table.outgoing.sendWhole(this, bytes)) {
      this.#record("OK");
      this.onSent();
      return;
    }
    const { core, held } = this.#table;
    if (!core.hold(held, bytes.length)) {
      this.refuse(outOfRoom("answers that nobody reads"));
      return;
    }
    this.#held += bytes.length;
    this.#record("OK");
    this.#outbox = [bytes];
    this.#end(OK);
  }

  /** Ends it with what a handler, or the reading of its request, has thrown. */
  refuse(thrown: unknown): void {
    if (this.isClosed || this.status !== undefined) return;
    const { options } = this.#table.core;
    const error = asServeError(thrown, options.onUnexpectedError);
    this.#record(error.code);
    this.#end(toGrpcStatus(error, options.random));
  }

  /** Its deadline has passed: the caller is told at once, whatever is under way. */
  due(): void {
    this.#table.core.deadlines.remove(this);
    this.cancelled = true;
    const { options } = this.#table.core;
    if (this.status === undefined) this.#record("DEADLINE_EXCEEDED");
    this.#outbox = undefined;
    this.#end(toGrpcStatus(deadlineExceeded(), options.random));
  }

  #end(status: GrpcStatus): void {
    this.status = status;
    if (status.code !== 0) this.#outbox = undefined;
    this.#table.enqueue(this);
  }

  send(message: Uint8Array): void {
    if (this.isClosed || this.status !== undefined) return;
    if (this.#outbox === undefined) this.#outbox = [];
    this.#outbox.push(message);
    this.#outboxBytes += message.length;
    if (this.#outboxBytes > MAX_BACKLOG_BYTES && this.#outbox.length > 1)
      this.fail(outOfRoom("a stream that nobody reads"));
    else this.#table.enqueue(this);
  }

  end(): void {
    if (!this.isClosed && this.status === undefined) this.#end(OK);
  }

  fail(error: ServeError): void {
    this.refuse(error);
  }

  /** The message under way, or the next one; undefined when all are sent. */
  currentMessage(): Uint8Array | undefined {
    const outbox = this.#outbox;
    if (outbox === undefined) return undefined;
    const first = outbox[0];
    if (first !== undefined && this.sentBytes === first.length) {
      outbox.shift();
      this.#outboxBytes -= first.length;
      this.sentBytes = -PREFIX_BYTES;
    }
    return outbox[0];
  }

  /** Its status is sent. A client that is still talking is asked to stop, which is no error (RFC 9113, section 8.1). */
  onSent(): void {
    if (this.isRemoteEnded) this.#table.close(this);
    else this.#table.reset(this, ErrorCode.NO_ERROR);
  }

  /** Called by the table, once: nothing goes in or out any more. */
  onClosed(): void {
    this.isClosed = true;
    if (this.status === undefined) this.#record("CANCELLED");
    this.cancelled = true;
    const { core, held } = this.#table;
    core.deadlines.remove(this);
    if (this.#held > 0) core.release(held, this.#held);
    this.#held = 0;
    this.#request = undefined;
    this.#outbox = undefined;
    this.#listener?.onClosed();
  }

  #record(outcome: Parameters<CallTable["core"]["options"]["recorder"]["requestDone"]>[1]): void {
    const { method } = this;
    if (this.#handledMs < 0 || method.kind !== "unary" || method.surface === undefined) return;
    const { core } = this.#table;
    const { recorder } = core.options;
    if (recorder.enabled) recorder.requestDone(method.surface, outcome, (core.nowMs() - this.#handledMs) / 1000);
    this.#handledMs = -1;
  }
}
