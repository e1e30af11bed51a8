/** What clients of the lean transport can make it keep in memory, and what that does to others. */
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { RawHttp2 } from "../helpers/raw-http2.ts";
import { settings } from "../helpers/raw-http2.ts";
import { FrameType, grpcCallFrames, grpcFrame, http2Frame, http2Opening } from "../helpers/wire-requests.ts";
import { call, client, END_HEADERS, head, longField, NOTHING, ping, whileServed, windowUpdate } from "./lean-kit.ts";
import { atEnd, featuresRequest, open, SERVING, startData, until } from "./transport-kit.ts";

const MB = 1024 * 1024;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes on the heap and in buffers, after what nobody needs is gone. */
async function kept(): Promise<number> {
  for (let n = 0; n < 3; n++) {
    await delay(5);
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** All that was sent has been read when the answer to a PING is here. */
async function settled(raw: RawHttp2): Promise<void> {
  const before = raw.frames.length;
  raw.send(ping);
  await raw.until(() => raw.frames.slice(before).some(({ type }) => type === FrameType.PING), "PING");
}

const withWindow = (bytes: number): Buffer =>
  Buffer.concat([http2Opening(), http2Frame(FrameType.SETTINGS, 0, 0, settings([4, bytes]))]);

function packed(stream: number, message: Buffer): Buffer {
  const frames = grpcCallFrames(stream, SERVING, message, { "grpc-encoding": "gzip" });
  frames[frames.length - message.length - 5] = 1;
  return frames;
}

describe("compressed messages", () => {
  const bomb = gzipSync(Buffer.alloc(4_000_000));

  it("of one connection, 300 that grow a thousandfold, take little memory and no time of others", async () => {
    const data = await startData({ transport: "lean" });
    await whileServed(
      data,
      async () => {
        const raw = await client(data);
        raw.send(...Array.from({ length: 300 }, (_, n) => packed(2 * n + 1, bomb)));
        const honest = await client(data);
        honest.send(packed(1, gzipSync(featuresRequest("a:b"))));
        expect((await honest.answer(1)).header("grpc-status")).toBe("0");
        // Its turn came between those of the other connection.
        expect(raw.frames.filter(({ type }) => type === FrameType.HEADERS).length).toBeLessThan(100);
        expect((await raw.answer(599, 20_000)).header("grpc-status")).toBe("3");
        // All at once they would be 1,200 MB.
      },
      250 * MB,
    );
  });

  it("are let go when their call is cut or its time is up", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    const late = (stream: number): Buffer => {
      const frames = grpcCallFrames(stream, SERVING, bomb, { "grpc-encoding": "gzip", "grpc-timeout": "30m" });
      frames[frames.length - bomb.length - 5] = 1;
      return frames;
    };
    raw.send(...Array.from({ length: 500 }, (_, n) => (n % 2 === 0 ? late : packed)(2 * n + 1, bomb)));
    await raw.answer(1);
    await delay(40);
    raw.send(...Array.from({ length: 250 }, (_, n) => http2Frame(FrameType.RST_STREAM, 0, 4 * n + 3, Buffer.alloc(4))));
    const startMs = performance.now();
    raw.send(packed(2001, gzipSync(featuresRequest("a:b"))));
    expect((await raw.answer(2001)).header("grpc-status")).toBe("0");
    // 500 of them would take seconds.
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});

describe("requests that are not finished", () => {
  it("do not hold on to the chunks they came in", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    const before = await kept();
    // Each stream brings a small message, and 48 kB of frames that mean nothing beside it.
    const ballast = Buffer.concat(Array(3).fill(http2Frame(99, 0, 0, Buffer.alloc(16_000))));
    const small = http2Frame(0, 0, 1, grpcFrame(featuresRequest("a:b")));
    for (let n = 0; n < 900; n++) {
      small.writeUInt32BE(2 * n + 1, 5);
      raw.send(http2Frame(1, END_HEADERS, 2 * n + 1, head), small, ballast);
      if (n % 20 === 0) await settled(raw);
    }
    await settled(raw);
    expect((await kept()) - before).toBeLessThan(12 * MB);
    raw.send(http2Frame(0, 1, 1, NOTHING));
    expect((await raw.answer(1)).header("grpc-status")).toBe("0");
  });

  it("keep no long header values", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    const before = await kept();
    const names = ["traceparent", "grpc-trace-bin", "feast-sidecar-priority", "feast-sidecar-debug", "grpc-encoding"];
    for (let n = 0; n < 900; n++) {
      const name = names[n % names.length] as string;
      raw.send(http2Frame(1, END_HEADERS, 2 * n + 1, Buffer.concat([head, longField(name, "x".repeat(15_000))])));
      if (n % 20 === 0) await settled(raw);
    }
    await settled(raw);
    expect((await kept()) - before).toBeLessThan(4 * MB);
  });
});

describe("answers", () => {
  it("of clients that read nothing make room for those of one that does", async () => {
    const answer = Buffer.alloc(8_000_000);
    const data = await startData({ transport: "lean", serve: async () => answer });
    const greedy = await Promise.all(Array.from({ length: 5 }, () => client(data, withWindow(0))));
    for (const raw of greedy) raw.send(...Array.from({ length: 20 }, (_, n) => call(2 * n + 1)));
    await until(() => data.outcomes.length === 100, "all to be answered");
    expect(data.outcomes.filter(([, outcome]) => outcome === "OK").length).toBeGreaterThan(30);
    await delay(1_050);
    const raw = await client(data, Buffer.concat([withWindow(2 ** 30), windowUpdate(0, 2 ** 30)]));
    raw.send(call(1));
    expect((await raw.answer(1)).header("grpc-status")).toBe("0");
    const cut = greedy.flatMap(({ frames }) => frames.filter(({ type }) => type === FrameType.RST_STREAM));
    expect(cut.length).toBeGreaterThan(0);
    expect(new Set(cut.map(({ payload }) => payload.readUInt32BE(0)))).toEqual(new Set([11]));
  });

  it("of 16 times 8 MB go to a client that reads them", async () => {
    const answer = Buffer.alloc(8 * MB);
    const data = await startData({ transport: "lean", serve: async () => answer });
    const socket = await open(data.port);
    atEnd(() => socket.destroy());
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.write(Buffer.concat([withWindow(2 ** 30), windowUpdate(0, 2 ** 30)]));
    socket.write(Buffer.concat(Array.from({ length: 16 }, (_, n) => call(2 * n + 1))));
    await until(() => bytes > 16 * answer.length, "all bytes");
    expect(data.outcomes).toEqual(Array(16).fill(["serving_service", "OK"]));
  });
});
