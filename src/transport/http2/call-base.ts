/** What there is to one call beside its course: who it is, its windows, what waits to go out, and the memory it takes. */
import type { Surface } from "../../model/surface.ts";
import type { RequestOutcome } from "../../telemetry/recorder.ts";
import type { Due } from "../../timing/due-sweep.ts";
import { TransportCall } from "../call-context.ts";
import { outOfRoom } from "../grpc/call-refusals.ts";
import type { GrpcStatus } from "../grpc/grpc-status.ts";
import type { GrpcMethod } from "../grpc/method-table.ts";
import type { CallTable } from "./call-table.ts";
import { OK_TRAILERS } from "./header-block.ts";
import type { Outbox } from "./outbox.ts";

export abstract class CallBase extends TransportCall implements Due {
  readonly id: number;
  readonly method: GrpcMethod;
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
  /** Messages to send. */
  outbox: Outbox | undefined;
  readonly openedMs: number;
  /** When it last got on: a byte in or out. */
  progressMs: number;
  /** How it ended; undefined = that is not recorded yet. */
  protected outcome: RequestOutcome | undefined;
  /** Its handler is at work, and its request in memory, whatever becomes of the call. */
  protected isRunning = false;
  protected readonly table: CallTable;
  #heldBytes = 0;

  /** Of the request whose headers `table` has just read. */
  constructor(table: CallTable, id: number) {
    const { head, terms, nowMs } = table;
    super(table.core.options.turn.startMs(nowMs), terms.timeoutMs);
    this.dueMs = this.deadlineMs;
    this.table = table;
    this.id = id;
    this.method = terms.method;
    this.openedMs = nowMs;
    this.progressMs = nowMs;
    this.take(head.metadata, table.core.options.recorder.isTracing);
    this.isGrpc = terms.isGrpc;
    this.contentLeft = head.contentLength;
    this.receiveWindow = table.receiveWindow;
    this.sendWindow = table.outgoing.initialWindow;
  }

  abstract due(): void;

  /** The write has returned that took its last bytes. */
  onWritten(nowMs: number): void {
    if (this.outcome === undefined || this.surface === undefined) return;
    this.tell(this.table.core.options.recorder, this.surface, this.outcome, nowMs);
  }

  /** undefined = it is not counted. */
  protected get surface(): Surface | undefined {
    return this.method.kind === "unary" ? this.method.surface : undefined;
  }

  get isDeaf(): boolean {
    return this.isClosed || this.status !== undefined || !this.isGrpc;
  }

  /** Something of a message is not sent yet. */
  get hasMessage(): boolean {
    return this.outbox?.isEmpty === false;
  }

  /** Bytes that ending it would free. */
  get freeableBytes(): number {
    return this.isRunning ? 0 : this.#heldBytes;
  }

  /** @throws ServeError when there is no room for so many bytes of a request */
  reserve(bytes: number): void {
    if (!this.hold(bytes)) throw outOfRoom("unfinished requests");
  }

  /** @returns false when there is no room */
  protected hold(bytes: number): boolean {
    if (!this.table.core.memory.hold(this.table, bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  protected release(bytes = this.#heldBytes): void {
    if (bytes === 0) return;
    this.table.core.memory.release(this.table, bytes);
    this.#heldBytes -= bytes;
  }
}
