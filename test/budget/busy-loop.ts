/**
 * Loaded into the sidecar's process with `--import`: each request over HTTP/1.1 that says `x-busy-ms: N` keeps the event loop busy for so long,
 * right after the product's handler was called for it, as if that took long.
 */
import { EventEmitter } from "node:events";
import { type IncomingMessage, Server } from "node:http";
import { nowMs } from "../faults/clock.ts";

Server.prototype.emit = function emit(this: Server, name: string | symbol, ...args: unknown[]): boolean {
  const result = EventEmitter.prototype.emit.call(this, name, ...args);
  if (name !== "request") return result;
  const untilMs = nowMs() + Number((args[0] as IncomingMessage).headers["x-busy-ms"] ?? 0);
  while (nowMs() < untilMs);
  return result;
} as Server["emit"];
