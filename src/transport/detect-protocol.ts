/** Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a connection, and hands the socket over untouched. */
import type { Socket } from "node:net";

export type Protocol = "http2" | "http1" | "unknown";

/** RFC 9113, section 3.4: what every HTTP/2 client sends first. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
/** Longer than any registered HTTP method; a first word beyond it is not one. */
const MAX_METHOD_BYTES = 20;
const SPACE = 0x20;
const BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/** @returns the protocol, or undefined while the bytes so far leave it open */
export function classifyFirstBytes(bytes: Uint8Array): Protocol | undefined {
  const common = Math.min(bytes.length, PREFACE.length);
  let same = 0;
  while (same < common && bytes[same] === PREFACE[same]) same++;
  if (same === PREFACE.length) return "http2";
  if (same === bytes.length) return undefined;
  // "PRI" is a method name too, but only the preface uses it: differing after it is a broken preface.
  if (same > 3) return "unknown";
  return classifyMethod(bytes);
}

function classifyMethod(bytes: Uint8Array): Protocol | undefined {
  // RFC 9112, section 2.2: a server should skip an empty line before the request line.
  let start = 0;
  while (start < 4 && (bytes[start] === 0x0d || bytes[start] === 0x0a)) start++;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === SPACE) return at > start ? "http1" : "unknown";
    if (!isMethodByte(byte) || at - start >= MAX_METHOD_BYTES) return "unknown";
  }
  return undefined;
}

function isMethodByte(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x41 && byte <= 0x5a) || byte === 0x2d);
}

export interface DetectOptions {
  /** How long the client may take to say enough. */
  readonly timeoutMs: number;
  readonly onProtocol: (protocol: "http2" | "http1", socket: Socket) => void;
  /** The client said something else, or too little in time; its socket is being closed. */
  readonly onRejected: (reason: "unknown" | "timeout") => void;
}

/** Reads until the protocol is clear, puts the bytes back and calls `onProtocol`. A socket that ends before is closed quietly. */
export function detectProtocol(socket: Socket, options: DetectOptions): void {
  let seen: Buffer = Buffer.alloc(0);
  const stop = (): void => {
    clearTimeout(timer);
    socket.removeListener("readable", onReadable);
    socket.removeListener("end", onGone);
    socket.removeListener("close", onGone);
  };
  const onGone = (): void => {
    stop();
    socket.destroy();
  };
  const onReadable = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const protocol = classifyFirstBytes(seen);
    if (protocol === undefined) return;
    stop();
    if (protocol === "unknown") {
      socket.end(BAD_REQUEST, () => socket.destroy());
      options.onRejected("unknown");
      return;
    }
    socket.unshift(seen);
    options.onProtocol(protocol, socket);
  };
  const timer = setTimeout(() => {
    stop();
    socket.destroy();
    options.onRejected("timeout");
  }, options.timeoutMs);
  timer.unref();
  socket.on("readable", onReadable);
  socket.on("end", onGone);
  socket.on("close", onGone);
}
