/** One gRPC call: what has come of it, what goes out, and how it ends. What `serve` sees of it is TransportCall. */
import { Hop } from "../../model/ledger.ts";
import { ServeError } from "../../model/serve-error.ts";
import type { RequestOutcome } from "../../telemetry/recorder.ts";
import { answerTrailers } from "../answer-trailers.ts";
import { badCompression, deadlineExceeded, noMessage, outOfRoom, secondMessage } from "../grpc/call-refusals.ts";
import { asServeError, type GrpcStatus, toGrpcStatus } from "../grpc/grpc-status.ts";
import type { MessageStream, StreamListener } from "../grpc/method-table.ts";
import { CallBase } from "./call-base.ts";
import type { CallTable } from "./call-table.ts";
import { NOT_GRPC_BODY, okTrailers } from "./header-block.ts";
import type { InflateJob } from "./inflate-queue.ts";
import { isPrefixOf, MessageReader, type MessageSink } from "./message-reader.ts";
import { Outbox } from "./outbox.ts";
import { PREFIX_BYTES } from "./outgoing.ts";

/** Bytes a stream may have waiting for a client that has read nothing for so long. */
const MAX_BACKLOG_BYTES = 1_048_576;
const BACKLOG_MS = 1000;
const OK: GrpcStatus = { code: 0, details: "", pushbackMs: undefined };

export class LeanCall extends CallBase implements MessageStream, MessageSink {
  readonly #encoding: string;
  readonly #fault: unknown;
  /** Made for messages that are not one DATA frame each. */
  #reader: MessageReader | undefined;
  #request: Buffer | undefined;
  #isCompressed = false;
  #inflation: InflateJob | undefined;
  #listener: StreamListener | undefined;
  /** When its handler was called, -1 = not yet. */
  #handledMs = -1;

  /** Of the request whose headers `table` has just read. */
  constructor(table: CallTable, id: number) {
    super(table, id);
    this.#fault = table.terms.fault;
    this.#encoding = table.head.grpcEncoding;
  }

  /** The streams that go message by message begin here. */
  open(): void {
    if (this.method.kind === "stream") this.#listener = this.method.open(this);
  }

  /** DATA came. @param isEnd nothing follows it */
  receive(bytes: Buffer, from: number, to: number, isEnd: boolean): void {
    this.progressMs = this.table.nowMs;
    try {
      this.#read(bytes, from, to);
      if (this.#request !== undefined && !(isEnd && this.method.kind === "unary" && !this.#isCompressed)) this.#keep();
      if (!isEnd) this.table.moved(to - from, this.progressMs);
    } catch (error) {
      this.refuse(error);
    }
  }

  #read(bytes: Buffer, from: number, to: number): void {
    if (this.#reader === undefined) {
      const { maxRequestBytes } = this.table.core.options.limits;
      const length = to - from - PREFIX_BYTES;
      if (length >= 0 && length <= maxRequestBytes && isPrefixOf(bytes, from, length)) {
        this.onMessage(bytes.subarray(from + PREFIX_BYTES, to), false);
        return;
      }
      this.#reader = new MessageReader(this, maxRequestBytes);
    }
    this.#reader.push(bytes, from, to);
  }

  /** The message has to wait: it must not hold on to the chunk it came in, and it counts. */
  #keep(): void {
    const message = this.#request as Buffer;
    if (isAlone(message)) return;
    this.reserve(message.length);
    const kept = Buffer.allocUnsafeSlow(message.length);
    message.copy(kept);
    this.#request = kept;
  }

  onMessage(message: Buffer, isCompressed: boolean): void {
    if (this.method.kind === "unary" || !this.method.requestStream) {
      if (this.#request !== undefined) throw secondMessage(this.method.path);
      this.#request = message;
      this.#isCompressed = isCompressed;
    } else if (isCompressed) throw new ServeError("UNIMPLEMENTED", "Compressed messages of a stream are not read");
    else {
      this.#listener?.onMessage(message);
      // It came in parts, for which room was taken.
      if (isAlone(message)) this.release(message.length);
    }
  }

  /** END_STREAM came. */
  receiveEnd(): void {
    this.isRemoteEnded = true;
    if (!this.isGrpc) {
      this.outbox = new Outbox(this.progressMs);
      this.outbox.push(NOT_GRPC_BODY, this.progressMs);
      this.outbox.sentBytes = 0;
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
    const table = this.table;
    this.#inflation = table.core.inflates.add(table, message, this.#encoding, (error, inflated) => {
      this.#inflation = undefined;
      table.running--;
      try {
        if (inflated === undefined) throw error;
        this.reserve(inflated.length);
        this.#handle(inflated);
      } catch (thrown) {
        this.refuse(thrown);
      }
    });
    table.running++;
  }

  #dropInflation(): void {
    if (this.#inflation === undefined) return;
    this.table.core.inflates.drop(this.#inflation);
    this.#inflation = undefined;
    this.table.running--;
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
    const { core } = this.table;
    this.#handledMs = core.nowMs();
    this.ledger.end(Hop.LOOP, this.#handledMs);
    if (this.#fault !== undefined) throw this.#fault;
    const answer = method.handle(request, this);
    if (answer instanceof Uint8Array) {
      this.#answer(answer);
      return;
    }
    if (answer instanceof ServeError) {
      this.refuse(answer);
      return;
    }
    this.table.running++;
    this.isRunning = true;
    answer.then(
      (bytes) => {
        this.#settle();
        // Nobody waits for this promise: what is thrown here would end the process.
        try {
          this.#answer(bytes);
        } catch (error) {
          this.refuse(error);
        }
      },
      (error: unknown) => {
        this.#settle();
        this.refuse(error);
      },
    );
  }

  /** Its handler is through. */
  #settle(): void {
    this.table.running--;
    this.isRunning = false;
    if (this.isClosed) this.release();
  }

  #answer(bytes: Uint8Array): void {
    if (this.isClosed || this.status !== undefined) return;
    // Of its request, which nobody needs any more.
    this.release();
    const trailers = answerTrailers(this);
    if (trailers !== undefined) this.okTrailers = okTrailers(trailers);
    else if (this.table.outgoing.sendWhole(this, bytes)) {
      this.#record("OK");
      this.onSent();
      return;
    }
    if (!this.hold(bytes.length)) {
      this.refuse(outOfRoom("answers that nobody reads"));
      return;
    }
    this.#record("OK");
    const nowMs = this.table.core.nowMs();
    this.outbox = new Outbox(nowMs);
    this.outbox.push(bytes, nowMs);
    this.#end(OK);
  }

  /** Ends it with what a handler, or the reading of its request, has thrown. */
  refuse(thrown: unknown): void {
    if (this.isClosed || this.status !== undefined) return;
    const { options } = this.table.core;
    const error = asServeError(thrown, options.onUnexpectedError);
    this.#record(error.code);
    this.#end(toGrpcStatus(error, options.random));
  }

  /** Its deadline has passed: the caller is told at once, whatever is under way. */
  due(): void {
    this.table.core.deadlines.remove(this);
    this.cancelled = true;
    if (this.status === undefined) this.#record("DEADLINE_EXCEEDED");
    this.#end(toGrpcStatus(deadlineExceeded(), this.table.core.options.random));
  }

  #end(status: GrpcStatus): void {
    this.#request = undefined;
    this.#dropInflation();
    this.status = status;
    if (status.code !== 0) this.outbox = undefined;
    this.table.enqueue(this);
  }

  send(message: Uint8Array): void {
    if (this.isClosed || this.status !== undefined) return;
    const { nowMs } = this.table;
    this.outbox ??= new Outbox(nowMs);
    const { outbox } = this;
    const isUnread = outbox.bytes > MAX_BACKLOG_BYTES && nowMs - outbox.movedMs > BACKLOG_MS;
    if (isUnread || !this.hold(message.length)) {
      this.fail(outOfRoom("a stream that nobody reads"));
      return;
    }
    outbox.push(message, nowMs);
    this.table.enqueue(this);
  }

  end(): void {
    if (!this.isClosed && this.status === undefined) this.#end(OK);
  }

  fail(error: ServeError): void {
    this.refuse(error);
  }

  onBytesSent(outbox: Outbox, bytes: number, nowMs: number): void {
    this.progressMs = nowMs;
    const message = outbox.sent(bytes, nowMs);
    if (message !== undefined && this.#listener !== undefined) this.release(message.length);
  }

  /** Its status is sent. A client that is still talking is asked to stop. */
  onSent(): void {
    if (this.surface !== undefined) this.table.written.push(this);
    if (this.isRemoteEnded) this.table.close(this);
    else this.table.stop(this);
  }

  /** Called by the table, once: nothing goes in or out any more. */
  onClosed(): void {
    this.isClosed = true;
    if (this.status === undefined && this.#handledMs >= 0 && this.outcome === undefined) {
      this.#record("CANCELLED");
      this.onWritten(this.table.core.nowMs());
    }
    this.cancelled = true;
    this.table.core.deadlines.remove(this);
    this.#dropInflation();
    if (!this.isRunning) this.release();
    this.#request = undefined;
    this.outbox = undefined;
    this.#listener?.onClosed();
  }

  #record(outcome: RequestOutcome): void {
    const { surface } = this;
    if (this.outcome !== undefined || surface === undefined) return;
    this.outcome = outcome;
    const { core } = this.table;
    // One that was refused before its handler was called counts from its first byte.
    const fromMs = this.#handledMs < 0 ? this.startMs : this.#handledMs;
    this.recordDone(core.options.recorder, surface, outcome, fromMs, core.nowMs());
  }
}

/** Whether it has its memory for itself. */
function isAlone(message: Buffer): boolean {
  return message.buffer.byteLength === message.length;
}
