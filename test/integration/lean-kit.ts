/** What the suites of the lean transport's abuse have in common: frames, clients, and a victim that must not notice. */
import { status } from "@grpc/grpc-js";
import { expect } from "vitest";
import { RawHttp2, uint32 } from "../helpers/raw-http2.ts";
import { FrameType, grpcCallFrames, headerBlock, http2Frame, varint } from "../helpers/wire-requests.ts";
import { ask, atEnd, type Data, featuresRequest, grpcClient, SERVING } from "./transport-kit.ts";

export const NOTHING = Buffer.alloc(0);
export const END_HEADERS = 4;
/** The slice of a call, with room for a busy machine that runs attacker, server and victim in one process. */
const IN_TIME_MS = 250;
export const MAX_GROWTH_BYTES = 96 * 1024 * 1024;

export const reset = (stream: number): Buffer => http2Frame(FrameType.RST_STREAM, 0, stream, uint32(8));
export const call = (stream: number, ref = "a:b", headers = {}): Buffer =>
  grpcCallFrames(stream, SERVING, featuresRequest(ref), headers);
export const windowUpdate = (stream: number, bytes: number): Buffer => http2Frame(8, 0, stream, uint32(bytes));
export const head = headerBlock({
  ":method": "POST",
  ":scheme": "http",
  ":path": SERVING,
  "content-type": "application/grpc",
});
export const ping = http2Frame(FrameType.PING, 0, 0, Buffer.alloc(8));

/** A literal field of any length. */
export function longField(name: string, value: string): Buffer {
  const text = (part: string): Buffer => {
    const length =
      part.length < 127 ? Buffer.of(part.length) : Buffer.concat([Buffer.of(127), varint(part.length - 127)]);
    return Buffer.concat([length, Buffer.from(part, "latin1")]);
  };
  return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

export async function client(data: Data, opening?: Buffer): Promise<RawHttp2> {
  const raw = await RawHttp2.connect(data.port, opening);
  atEnd(() => raw.close());
  return raw;
}

/** Runs `attack` while another client asks one call after the other: all are answered, all in time. */
export async function whileServed(
  data: Data,
  attack: () => Promise<void>,
  maxGrowthBytes = MAX_GROWTH_BYTES,
): Promise<void> {
  const victim = grpcClient(data.target);
  expect((await ask(victim, SERVING)).code).toBe(status.OK);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let isOver = false;
  const served = (async () => {
    let slowestMs = 0;
    for (let n = 0; n < 5 || !isOver; n++) {
      const startMs = performance.now();
      expect((await ask(victim, SERVING)).code).toBe(status.OK);
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
    }
    return slowestMs;
  })();
  try {
    await attack();
  } finally {
    isOver = true;
  }
  expect(await served).toBeLessThan(IN_TIME_MS);
  expect(process.memoryUsage().rss - before).toBeLessThan(maxGrowthBytes);
  expect(data.events.filter((event) => event["event"] === "unexpected_error")).toEqual([]);
}
