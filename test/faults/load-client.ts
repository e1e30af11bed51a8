/** Unary gRPC calls with a deadline over one HTTP/2 connection, which is opened again when it goes. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { grpcMessage } from "../../bench/load/http2-frames.ts";

const PATH = "/feast.serving.ServingService/GetOnlineFeatures";
const MESSAGE_HEAD_BYTES = 5;
const STATUS_NAMES = [
  ...["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS"],
  ...["PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED"],
  ...["INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"],
];

export interface CallEnd {
  readonly code: string;
  /** The answer's message, when the code is OK. */
  readonly message: Buffer | undefined;
  readonly degraded: string;
}

export interface Call {
  /** Ends the call as `LOST` unless it has ended. */
  giveUp(): void;
}

export class LoadClient {
  readonly #url: string;
  #session: ClientHttp2Session | undefined;

  constructor(host: string, port: number) {
    this.#url = `http://${host}:${port}`;
  }

  /** @param onEnd called once, later */
  call(request: Buffer, deadlineMs: number, onEnd: (end: CallEnd) => void): Call {
    const stream = this.#connection().request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: PATH,
      "content-type": "application/grpc",
      te: "trailers",
      "grpc-timeout": `${deadlineMs}m`,
    });
    let ended = false;
    const end = (result: CallEnd): void => {
      if (ended) return;
      ended = true;
      onEnd(result);
    };
    readAnswer(stream, end);
    stream.end(grpcMessage(request));
    return {
      giveUp: () => {
        end({ code: "LOST", message: undefined, degraded: "" });
        stream.close(constants.NGHTTP2_CANCEL);
      },
    };
  }

  close(): void {
    this.#session?.destroy();
  }

  #connection(): ClientHttp2Session {
    if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const session = connect(this.#url);
    // Each call on it ends by itself.
    session.on("error", () => {});
    this.#session = session;
    return session;
  }
}

function readAnswer(stream: ClientHttp2Stream, end: (result: CallEnd) => void): void {
  const parts: Buffer[] = [];
  let status: string | undefined;
  let degraded = "";
  const note = (headers: Readonly<Record<string, string | string[] | undefined>>): void => {
    status = headers["grpc-status"]?.toString() ?? status;
    degraded = headers["feast-sidecar-degraded"]?.toString() ?? degraded;
  };
  stream.on("response", note);
  stream.on("trailers", note);
  stream.on("data", (chunk: Buffer) => parts.push(chunk));
  stream.on("error", () => end({ code: "BROKEN", message: undefined, degraded }));
  stream.on("close", () => {
    const code = status === undefined ? "BROKEN" : (STATUS_NAMES[Number(status)] ?? "UNKNOWN");
    const framed = Buffer.concat(parts);
    const isWhole =
      framed.length >= MESSAGE_HEAD_BYTES && framed.readUInt32BE(1) === framed.length - MESSAGE_HEAD_BYTES;
    if (code !== "OK") end({ code, message: undefined, degraded });
    else if (!isWhole) end({ code: "BROKEN", message: undefined, degraded });
    else end({ code, message: framed.subarray(MESSAGE_HEAD_BYTES), degraded });
  });
}
