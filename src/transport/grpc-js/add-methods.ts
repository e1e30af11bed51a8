/** The method table, registered with a grpc-js Server: its calls in our terms. */
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type Server,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedHandleCall,
} from "@grpc/grpc-js";
import { ServeError } from "../../model/serve-error.ts";
import type { RequestOutcome } from "../../telemetry/recorder.ts";
import { answerTrailers } from "../answer-trailers.ts";
import { callMetadata, parseTimeoutMs, TransportCall } from "../call-context.ts";
import type { GrpcServerOptions } from "../grpc/grpc-server.ts";
import { asServeError, PUSHBACK_KEY, toGrpcStatus } from "../grpc/grpc-status.ts";
import type { StreamListener, StreamMethod, UnaryMethod } from "../grpc/method-table.ts";
import { rawMethod } from "./raw-method.ts";

type Refuse = (error: unknown) => { readonly error: ServeError; readonly answer: GrpcJsStatus };
interface GrpcJsStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

export function addMethods(server: Server, options: GrpcServerOptions): void {
  const refuse: Refuse = (thrown) => {
    const error = asServeError(thrown, options.onUnexpectedError);
    const { code, details, pushbackMs } = toGrpcStatus(error, options.random);
    const metadata = new Metadata();
    if (pushbackMs !== undefined) metadata.set(PUSHBACK_KEY, String(pushbackMs));
    return { error, answer: { code, details, metadata } };
  };
  for (const [path, method] of options.methods) {
    const requestStream = method.kind === "stream" && method.requestStream;
    const handler: UntypedHandleCall =
      method.kind === "unary"
        ? unaryHandler(method, options, refuse)
        : requestStream
          ? bidiHandler(method, refuse)
          : serverStreamHandler(method, refuse);
    // A service of one method: the name before the dot of our own choosing never goes on the wire.
    server.addService(
      { method: rawMethod(path, { requestStream, responseStream: method.kind === "stream" }) },
      { method: handler },
    );
  }
}

function unaryHandler(
  method: UnaryMethod,
  options: GrpcServerOptions,
  refuse: Refuse,
): handleUnaryCall<Buffer, Buffer> {
  const { recorder, clock } = options;
  const { surface } = method;
  return (call, callback) => {
    const startMs = clock.nowMs();
    const metadata = callMetadata((name) => textOf(call.metadata, name));
    let context: TransportCall | undefined;
    const finish = (ended: RequestOutcome): void => {
      if (surface === undefined) return;
      const nowMs = clock.nowMs();
      const outcome = context?.cancelled ? "CANCELLED" : ended;
      if (context === undefined) {
        recorder.requestDone(surface, outcome, (nowMs - startMs) / 1000);
        return;
      }
      context.recordDone(recorder, surface, outcome, startMs, nowMs);
      context.tell(recorder, surface, outcome, nowMs);
    };
    const answered = async (): Promise<Buffer> => {
      const own = new TransportCall(startMs, timeoutOf(call, metadata.timeout, options));
      context = own;
      own.take(metadata, recorder.isTracing);
      call.on("cancelled", () => {
        own.cancelled = true;
      });
      const answer = await method.handle(call.request, own);
      if (answer instanceof ServeError) throw answer;
      return asBuffer(answer);
    };
    answered().then(
      (bytes) => {
        callback(null, bytes, context && trailersOf(context));
        finish("OK");
      },
      (thrown: unknown) => {
        const { error, answer: status } = refuse(thrown);
        callback(status satisfies Parameters<sendUnaryData<Buffer>>[0]);
        finish(error.code);
      },
    );
  };
}

function trailersOf(context: TransportCall): Metadata | undefined {
  const trailers = answerTrailers(context);
  if (trailers === undefined) return undefined;
  const metadata = new Metadata();
  for (const [name, value] of trailers) metadata.set(name, value);
  return metadata;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textOf(metadata: Metadata, key: string): string {
  return metadata
    .get(key)
    .map((value) => (typeof value === "string" ? value : value.toString("base64")))
    .join(", ");
}

/** The smaller of what is left of grpc-timeout and of our own header, milliseconds. @throws ServeError */
function timeoutOf(call: ServerUnaryCall<Buffer, Buffer>, timeout: string, { clock }: GrpcServerOptions): number {
  const timeoutMs = parseTimeoutMs(timeout);
  const deadlineEpochMs = Number(call.getDeadline());
  const grpcMs = deadlineEpochMs === Number.POSITIVE_INFINITY ? deadlineEpochMs : deadlineEpochMs - clock.epochMs();
  return Math.min(timeoutMs, grpcMs);
}

type Writable = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

/** Runs the method's listener over a grpc-js stream. @returns what to call with each message */
function converse(
  method: StreamMethod,
  call: Writable,
  refuse: Refuse,
): { listener: StreamListener; deliver: (message: Buffer) => void } {
  const fail = (thrown: unknown): unknown => call.emit("error", refuse(thrown).answer);
  const listener = method.open({
    send: (message) => void call.write(asBuffer(message)),
    end: () => void call.end(),
    fail,
  });
  let open = true;
  const closed = (): void => {
    if (open) listener.onClosed();
    open = false;
  };
  call.on("cancelled", closed);
  call.on("close", closed);
  const deliver = (message: Buffer): void => {
    try {
      listener.onMessage(message);
    } catch (error) {
      fail(error);
    }
  };
  return { listener, deliver };
}

function serverStreamHandler(method: StreamMethod, refuse: Refuse): handleServerStreamingCall<Buffer, Buffer> {
  return (call) => converse(method, call, refuse).deliver(call.request);
}

function bidiHandler(method: StreamMethod, refuse: Refuse): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const { listener, deliver } = converse(method, call, refuse);
    call.on("end", () => listener.onEnd());
    // A client that asks without reading must not fill the memory.
    call.on("drain", () => call.resume());
    call.on("data", (message: Buffer) => {
      deliver(message);
      if (call.writableNeedDrain) call.pause();
    });
  };
}
