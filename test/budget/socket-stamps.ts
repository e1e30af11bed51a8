/**
 * Loaded into the sidecar's process with `--import`: notes of each gRPC call when its first bytes were read, and when the write of its
 * last ones had returned; of each row that Redis is asked for when the command was written. Writes it to the file that BUDGET_STAMPS_FILE
 * names when the process ends. It looks at bytes on sockets only, so it knows nothing of what the product believes, and the product nothing
 * of it. Costs some 5 µs a call.
 */
import { EventEmitter } from "node:events";
import { writeFileSync } from "node:fs";
import { Server, Socket } from "node:net";
import { FrameFlag, FrameType, PREFACE } from "../../bench/load/http2-frames.ts";
import { nowMs } from "../faults/clock.ts";
import { entityOf } from "./entity-of-key.ts";
import { FrameScanner } from "./frame-scanner.ts";
import { RespValues } from "./resp-values.ts";

/**
 * Port of the client, stream, first byte read, write returned; of a call that was given up −1, and when the turn of the loop was over in
 * which that was read.
 */
const calls: number[][] = [];
/** Entity, and when it was asked for. */
const rows: number[][] = [];

/** `push` is called by Node with what it has read; it is no part of a socket's type. */
interface ReadSocket {
  push(chunk: Buffer | null): boolean;
}

function watchCaller(socket: Socket & ReadSocket): void {
  const port = socket.remotePort ?? 0;
  const readMs = new Map<number, number>();
  let ended: number[] = [];
  let scanner: FrameScanner | undefined;
  let atMs = 0;
  const { push, write } = socket;
  socket.push = (chunk) => {
    atMs = nowMs();
    if (chunk !== null) {
      // Nothing else begins with these letters, and no client sends them in pieces on loopback.
      if (scanner === undefined && chunk.subarray(0, 4).equals(PREFACE.subarray(0, 4))) {
        scanner = new FrameScanner(PREFACE.length, (type, _, stream) => {
          if (type === FrameType.HEADERS && !readMs.has(stream)) readMs.set(stream, atMs);
          const firstMs = readMs.get(stream);
          if (type !== FrameType.RST_STREAM || firstMs === undefined) return;
          readMs.delete(stream);
          // What was put together in this turn is written at its end, before or after the first of these.
          setImmediate(() => setImmediate(() => calls.push([port, stream, firstMs, -1, nowMs()])));
        });
      }
      scanner?.push(chunk);
    }
    return push.call(socket, chunk);
  };
  const answers = new FrameScanner(0, (type, flags, stream) => {
    const isEnd = type === FrameType.HEADERS && (flags & FrameFlag.END_STREAM) !== 0;
    if (isEnd || type === FrameType.RST_STREAM) ended.push(stream);
  });
  socket.write = ((...args: Parameters<Socket["write"]>): boolean => {
    const isTaken = write.apply(socket, args);
    if (scanner === undefined || typeof args[0] === "string") return isTaken;
    answers.push(args[0]);
    if (ended.length === 0) return isTaken;
    const writtenMs = nowMs();
    for (const stream of ended) {
      const firstMs = readMs.get(stream);
      if (firstMs !== undefined) calls.push([port, stream, firstMs, writtenMs]);
      readMs.delete(stream);
    }
    ended = [];
    return isTaken;
  }) as Socket["write"];
}

function watchStore(socket: Socket): void {
  const commands = new RespValues((key) => {
    const entity = entityOf(key);
    if (entity >= 0) rows.push([entity, nowMs()]);
  });
  const { write } = socket;
  socket.write = ((...args: Parameters<Socket["write"]>): boolean => {
    if (typeof args[0] !== "string") commands.push(Buffer.from(args[0]));
    return write.apply(socket, args);
  }) as Socket["write"];
}

const { connect } = Socket.prototype;
Socket.prototype.connect = function connectWatched(this: Socket, ...args: Parameters<Socket["connect"]>) {
  const socket = connect.apply(this, args);
  // Not before: connecting puts back the `write` that sockets are born with.
  watchStore(socket);
  return socket;
} as Socket["connect"];

Server.prototype.emit = function emit(this: Server, name: string | symbol, ...args: unknown[]): boolean {
  if (name === "connection") watchCaller(args[0] as Socket & ReadSocket);
  return EventEmitter.prototype.emit.call(this, name, ...args);
} as Server["emit"];

process.on("exit", () => {
  const file = process.env["BUDGET_STAMPS_FILE"];
  if (file !== undefined) writeFileSync(file, JSON.stringify({ calls, rows }));
});
