/** One unary call of gRPC over plain HTTP/2; the connection is kept, and made anew when it breaks. */
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import type { Answer } from "./ask-http.ts";

const PATH = "/feast.serving.ServingService/GetOnlineFeatures";
/** A byte for compression and four for the length stand before each message. */
const PREFIX_BYTES = 5;
let session: ClientHttp2Session | undefined;

/** @throws Error when the connection fails, or after `timeoutMs` */
export function askGrpc(target: string, message: Buffer, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = sessionTo(target).request({
      ":method": "POST",
      ":path": PATH,
      "content-type": "application/grpc",
      te: "trailers",
      "grpc-timeout": `${timeoutMs}m`,
    });
    const chunks: Buffer[] = [];
    let last: IncomingHttpHeaders = {};
    // An answer without a message has its status in the headers.
    stream.on("response", (headers) => {
      last = { ...last, ...headers };
    });
    stream.on("trailers", (trailers) => {
      last = { ...last, ...trailers };
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("error", reject);
    stream.once("close", () => {
      if (last["grpc-status"] === undefined) return reject(new Error("the stream ended without a status"));
      const code = Number(last["grpc-status"]);
      const degraded = last["feast-sidecar-degraded"];
      const message = Buffer.concat(chunks).subarray(PREFIX_BYTES).toString("base64");
      const body = code === 0 ? message : decodeURIComponent(`${last["grpc-message"] ?? ""}`);
      resolve({ ok: code === 0, code, body, ...(degraded === undefined ? {} : { degraded: `${degraded}` }) });
    });
    stream.setTimeout(timeoutMs, () => stream.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
  });
}

function sessionTo(target: string): ClientHttp2Session {
  if (session !== undefined && !session.closed && !session.destroyed) return session;
  const made = connect(`http://${target}`);
  // Each stream hears of it.
  made.on("error", () => {});
  made.on("goaway", () => made.close());
  session = made;
  return made;
}
