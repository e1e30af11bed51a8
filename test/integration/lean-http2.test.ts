/** HTTP/2 of the lean transport, frame by frame: flow control, settings, goodbyes, keepalive, deadlines. */
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "../../src/transport/options.ts";
import { RawHttp2, settings, uint32 } from "../helpers/raw-http2.ts";
import {
  FrameType,
  grpcCallFrames,
  grpcFrame,
  headerBlock,
  http2Frame,
  http2Opening,
} from "../helpers/wire-requests.ts";
import { atEnd, type Data, featuresRequest, SERVING, startData, until } from "./transport-kit.ts";

const NOTHING = Buffer.alloc(0);
const SETTING = { TABLE: 1, WINDOW: 4, FRAME: 5 };
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;

async function client(data: Data, ...values: readonly (readonly [number, number])[]): Promise<RawHttp2> {
  const preface = http2Opening().subarray(0, 24);
  const raw = await RawHttp2.connect(
    data.port,
    Buffer.concat([preface, http2Frame(FrameType.SETTINGS, 0, 0, settings(...values))]),
  );
  atEnd(() => raw.close());
  return raw;
}

const call = (stream: number, ref = "a:b", headers = {}): Buffer =>
  grpcCallFrames(stream, SERVING, featuresRequest(ref), headers);
const windowUpdate = (stream: number, bytes: number): Buffer => http2Frame(WINDOW_UPDATE, 0, stream, uint32(bytes));
const dataBytes = (raw: RawHttp2, stream: number): number =>
  raw.frames
    .filter((frame) => frame.type === FrameType.DATA && frame.stream === stream)
    .reduce((sum, { payload }) => sum + payload.length, 0);

/** A port whose answers are so many bytes. */
function startLarge(bytes: number): Promise<Data> {
  const answer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at++) answer[at] = at % 251;
  return startData({ transport: "lean", serve: async () => answer });
}

describe("flow control", () => {
  it("sends no more than a tiny window lets it, and all of it in the end", async () => {
    const data = await startLarge(300);
    const raw = await client(data, [SETTING.WINDOW, 1]);
    raw.send(call(1));
    await raw.until(() => dataBytes(raw, 1) === 1, "the first byte");
    for (let sent = 1; sent < 305; sent += 7) {
      raw.send(windowUpdate(1, 7));
      await raw.until(() => dataBytes(raw, 1) === Math.min(305, sent + 7), `${sent + 7} bytes`);
    }
    const answer = await raw.answer(1);
    expect(answer.header("grpc-status")).toBe("0");
    expect(answer.body).toEqual(grpcFrame(Buffer.from(Array.from({ length: 300 }, (_, at) => at % 251))));
  });

  it("follows changes of the initial window on open streams, below zero too", async () => {
    const data = await startLarge(1000);
    const raw = await client(data, [SETTING.WINDOW, 100]);
    raw.send(call(1));
    await raw.until(() => dataBytes(raw, 1) === 100, "100 bytes");
    // 100 − 70 used up 100: the window is −70, and 60 more do not open it.
    raw.send(http2Frame(FrameType.SETTINGS, 0, 0, settings([SETTING.WINDOW, 30])), windowUpdate(1, 60), call(3));
    await raw.until(() => dataBytes(raw, 3) === 30, "the new window on a new stream");
    expect(dataBytes(raw, 1)).toBe(100);
    raw.send(windowUpdate(1, 15));
    await raw.until(() => dataBytes(raw, 1) === 105, "the rest of what was given");
    raw.send(http2Frame(FrameType.SETTINGS, 0, 0, settings([SETTING.WINDOW, 5000])));
    for (const stream of [1, 3]) expect((await raw.answer(stream)).body).toHaveLength(1005);
  });

  it("shares the connection's window, and lets statuses by that need none", async () => {
    const data = await startLarge(100_000);
    const raw = await client(data, [SETTING.WINDOW, 1_000_000]);
    raw.send(call(1), call(3));
    await raw.until(() => dataBytes(raw, 1) + dataBytes(raw, 3) === 65_535, "the window of the connection");
    expect(dataBytes(raw, 3)).toBeGreaterThan(16_000);
    raw.send(grpcCallFrames(5, "/no/where", NOTHING));
    expect((await raw.answer(5)).header("grpc-status")).toBe("12");
    raw.send(windowUpdate(0, 1_000_000));
    for (const stream of [1, 3]) {
      const answer = await raw.answer(stream);
      expect([answer.body.length, answer.header("grpc-status")]).toEqual([100_005, "0"]);
    }
  });

  it("cuts messages to the client's frame size", async () => {
    const data = await startLarge(50_000);
    const raw = await client(data);
    const frames = async (stream: number): Promise<number[]> =>
      (await raw.answer(stream)).frames.filter(({ type }) => type === 0).map(({ payload }) => payload.length);
    raw.send(call(1));
    expect(await frames(1)).toEqual([16_384, 16_384, 16_384, 853]);
    raw.send(
      windowUpdate(0, 1_000_000),
      http2Frame(FrameType.SETTINGS, 0, 0, settings([SETTING.FRAME, 20_000])),
      call(3),
    );
    expect(Math.max(...(await frames(3)))).toBeLessThanOrEqual(20_000);
  });

  it("takes requests larger than its windows, which it raises as they come", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    const padding = Buffer.concat([Buffer.of(0x3a), Buffer.from([0x80, 0x80, 0xc0, 0x01]), Buffer.alloc(3_145_728)]);
    const message = grpcFrame(Buffer.concat([featuresRequest("a:b"), padding]));
    const head = headerBlock({
      ":method": "POST",
      ":scheme": "http",
      ":path": SERVING,
      "content-type": "application/grpc",
    });
    raw.send(http2Frame(FrameType.HEADERS, 4, 1, head));
    const given = (stream: number): number =>
      raw.frames
        .filter((frame) => frame.type === WINDOW_UPDATE && frame.stream === stream)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
    for (let at = 0; at < message.length; ) {
      const end = Math.min(message.length, at + 16_384);
      await raw.until(() => 65_535 + given(0) >= end && 262_144 + given(1) >= end, `room for byte ${end}`);
      raw.send(http2Frame(FrameType.DATA, end === message.length ? END_STREAM : 0, 1, message.subarray(at, end)));
      at = end;
    }
    expect((await raw.answer(1)).header("grpc-status")).toBe("0");
    expect(data.requests).toHaveLength(1);
  });
});

describe("settings", () => {
  it("empties its header table when the client's becomes smaller, in the next header block only", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data, [SETTING.TABLE, 0]);
    const firstByte = async (stream: number): Promise<number | undefined> => {
      raw.send(call(stream));
      return (await raw.answer(stream)).frames[0]?.payload[0];
    };
    expect([await firstByte(1), await firstByte(3)]).toEqual([0x20, 0x88]);
    raw.send(http2Frame(FrameType.SETTINGS, 0, 0, settings([SETTING.TABLE, 4096])));
    expect(await firstByte(5)).toBe(0x88);
    raw.send(http2Frame(FrameType.SETTINGS, 0, 0, settings([SETTING.TABLE, 100])));
    expect(await firstByte(7)).toBe(0x88);
    expect((await client(data, [SETTING.TABLE, 65_536])).isClosed).toBe(false);
  });
});

describe("streams", () => {
  it("refuses those over the limit, so that the client can try them again", async () => {
    const data = await startData({ transport: "lean", limits: { ...DEFAULT_LIMITS, maxStreams: 2 } });
    const raw = await client(data);
    raw.send(call(1, "wait:1"), call(3, "wait:3"), call(5));
    expect((await raw.answer(5)).reset).toBe(7);
    data.release();
    for (const stream of [1, 3]) expect((await raw.answer(stream)).header("grpc-status")).toBe("0");
    raw.send(call(7));
    expect((await raw.answer(7)).header("grpc-status")).toBe("0");
  });

  it("counts handlers that still run for cut streams against twice the limit", async () => {
    const data = await startData({
      transport: "lean",
      limits: { ...DEFAULT_LIMITS, maxStreams: 10 },
      serve: () => new Promise(() => {}),
    });
    const raw = await client(data);
    for (let stream = 1; stream <= 39; stream += 2) {
      raw.send(call(stream), http2Frame(FrameType.RST_STREAM, 0, stream, uint32(8)));
    }
    raw.send(call(41));
    expect((await raw.answer(41)).reset).toBe(7);
  });

  it("answers 415 to what is no gRPC, with a sentence, once it has all come", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    const get = { ":method": "GET", ":scheme": "http", ":path": "/health", ":authority": "x" };
    raw.send(http2Frame(FrameType.HEADERS, 5, 1, headerBlock(get)));
    const answer = await raw.answer(1);
    expect([answer.header(":status"), answer.body.toString()]).toEqual(["415", expect.stringContaining("gRPC")]);
    expect(answer.header("content-length")).toBe(String(answer.body.length));
  });

  it("ends a refused upload without an error, and ignores what is still on its way", async () => {
    const data = await startData({ transport: "lean", limits: { ...DEFAULT_LIMITS, maxRequestBytes: 100 } });
    const raw = await client(data);
    const [head, body] = [
      grpcCallFrames(1, SERVING, Buffer.alloc(101)),
      http2Frame(FrameType.DATA, 0, 1, Buffer.alloc(500)),
    ];
    head[head.length - 101 - 5 - 9 + 4] = 0;
    raw.send(head, body);
    const reset = await raw.frame(({ type, stream }) => type === FrameType.RST_STREAM && stream === 1, "RST_STREAM");
    expect(reset.payload.readUInt32BE(0)).toBe(0);
    raw.send(body, http2Frame(FrameType.DATA, END_STREAM, 1, NOTHING), call(3));
    expect((await raw.answer(1)).header("grpc-status")).toBe("8");
    expect((await raw.answer(3)).header("grpc-status")).toBe("0");
    expect(raw.frames.filter(({ type }) => type === GOAWAY)).toEqual([]);
  });
});

describe("messages", () => {
  it("inflates gzip and deflate and says what it takes when it is neither", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    const packed = (stream: number, message: Buffer, encoding: string): Buffer => {
      const frames = grpcCallFrames(stream, SERVING, message, { "grpc-encoding": encoding });
      frames[frames.length - message.length - 5] = 1;
      return frames;
    };
    raw.send(packed(1, gzipSync(featuresRequest("a:b")), "gzip"));
    expect((await raw.answer(1)).header("grpc-status")).toBe("0");
    raw.send(packed(3, featuresRequest("a:b"), "br"));
    const refused = await raw.answer(3);
    expect([refused.header("grpc-status"), refused.header("grpc-accept-encoding")]).toEqual([
      "12",
      "identity,deflate,gzip",
    ]);
    raw.send(packed(5, gzipSync(Buffer.alloc(5_000_000)), "gzip"));
    expect((await raw.answer(5)).header("grpc-status")).toBe("8");
  });

  it("writes messages of a status as gRPC does: percent-encoded, at most 1 KiB", async () => {
    const data = await startData({
      transport: "lean",
      serve: () => Promise.reject(new (class extends Error {})("secret")),
    });
    const raw = await client(data);
    raw.send(grpcCallFrames(1, `/é%${"x".repeat(60)}`, NOTHING));
    expect((await raw.answer(1)).header("grpc-message")).toMatch(
      /^The server does not implement the method \/%C3%A9%25x+$/,
    );
    raw.send(call(3));
    expect((await raw.answer(3)).header("grpc-message")).not.toContain("secret");
  });
});

describe("deadlines", () => {
  it("answers DEADLINE_EXCEEDED in time though serve does not, and tells serve", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    const startMs = performance.now();
    raw.send(call(1, "wait:1", { "grpc-timeout": "80m" }), call(3, "wait:3", { "feast-sidecar-timeout-ms": "20" }));
    for (const [stream, timeoutMs] of [
      [3, 20],
      [1, 80],
    ] as const) {
      const answer = await raw.answer(stream);
      const tookMs = performance.now() - startMs;
      expect([answer.header("grpc-status"), answer.header("grpc-message")]).toEqual(["4", "Deadline exceeded"]);
      expect(Number(answer.header("grpc-retry-pushback-ms"))).toBeGreaterThanOrEqual(50);
      expect(tookMs).toBeGreaterThanOrEqual(timeoutMs - 1);
      expect(tookMs).toBeLessThan(timeoutMs + 60);
    }
    expect(data.requests.map((each) => each.call.cancelled)).toEqual([true, true]);
    data.release();
    raw.send(call(5));
    await raw.answer(5);
    expect(raw.frames.filter(({ stream }) => stream === 1)).toHaveLength(1);
    expect(data.outcomes.map(([, outcome]) => outcome)).toEqual(["DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED", "OK"]);
  });

  it("cuts a message that is under way when its time is up", async () => {
    const data = await startLarge(50_000);
    const raw = await client(data, [SETTING.WINDOW, 100]);
    raw.send(call(1, "a:b", { "grpc-timeout": "50m" }));
    const answer = await raw.answer(1);
    expect([answer.header("grpc-status"), answer.body.length]).toEqual(["4", 100]);
  });

  it("tells serve that the caller is gone: a cut stream, a cut connection", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    raw.send(call(1, "wait:1"), call(3, "wait:3"));
    await until(() => data.requests.length === 2, "both requests");
    raw.send(http2Frame(FrameType.RST_STREAM, 0, 1, uint32(8)));
    await until(() => data.requests[0]?.call.cancelled === true, "the first to be cancelled");
    expect(data.requests[1]?.call.cancelled).toBe(false);
    raw.close();
    await until(() => data.requests[1]?.call.cancelled === true, "the second to be cancelled");
    await until(() => data.outcomes.length === 2, "both to be counted");
    expect(data.outcomes.map(([, outcome]) => outcome)).toEqual(["CANCELLED", "CANCELLED"]);
  });
});

describe("goodbye", () => {
  it("comes in two steps: streams opened before the client knows are served", async () => {
    const data = await startData({ transport: "lean" });
    const raw = await client(data);
    raw.send(call(1, "wait:1"));
    await until(() => data.requests.length === 1, "the request");
    const drained = data.server.drain(5_000);
    const first = await raw.goAway(1_000, false);
    expect([first.last, first.code]).toEqual([2 ** 31 - 1, 0]);
    const ping = await raw.frame(({ type }) => type === FrameType.PING, "PING");
    raw.send(call(3), http2Frame(FrameType.PING, 1, 0, ping.payload), call(5));
    expect((await raw.answer(3)).header("grpc-status")).toBe("0");
    await raw.until(() => raw.frames.filter(({ type }) => type === GOAWAY).length === 2, "the second GOAWAY");
    const second = raw.frames.findLast(({ type }) => type === GOAWAY);
    expect(second?.payload.readUInt32BE(0)).toBe(3);
    data.release();
    expect((await raw.answer(1)).header("grpc-status")).toBe("0");
    await raw.until(() => raw.isClosed, "the end");
    expect(await drained).toBe(0);
    expect(raw.frames.some(({ stream }) => stream === 5)).toBe(false);
  });

  it("does not wait for a client that does not answer, or says nothing at all", async () => {
    const data = await startData({ transport: "lean" });
    await client(data);
    const startMs = performance.now();
    expect(await data.server.drain(5_000)).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(1_500);
  });

  it("comes when a connection is old, between calls and with grace", async () => {
    const data = await startData({ transport: "lean", limits: { ...DEFAULT_LIMITS, maxConnectionAgeMs: 100 } });
    const raw = await client(data);
    raw.send(call(1, "wait:1"));
    await raw.goAway(2_000, false);
    data.release();
    expect((await raw.answer(1)).header("grpc-status")).toBe("0");
    await raw.until(() => raw.isClosed, "the end", 2_000);
  });
});

describe("keepalive", () => {
  const timeouts = { ...DEFAULT_TIMEOUTS, pingEveryMs: 80, pingAnswerMs: 80 };

  it("keeps a silent client that answers, cuts one that does not", async () => {
    const data = await startData({ transport: "lean", timeouts });
    const dead = await client(data);
    const alive = await client(data);
    const answering = setInterval(() => {
      const pings = alive.frames.splice(0).filter(({ type, flags }) => type === FrameType.PING && flags === 0);
      for (const { payload } of pings) alive.send(http2Frame(FrameType.PING, 1, 0, payload));
    }, 10);
    atEnd(() => clearInterval(answering));
    await dead.until(() => dead.isClosed, "the silent one to be cut", 2_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(alive.isClosed).toBe(false);
    alive.send(call(1));
    expect((await alive.answer(1)).header("grpc-status")).toBe("0");
  });

  it("cuts requests that stop coming and answers that nobody takes", async () => {
    const answer = Buffer.alloc(100_000);
    const data = await startData({
      transport: "lean",
      timeouts: { ...DEFAULT_TIMEOUTS, requestMs: 100, stalledMs: 100 },
      serve: async () => answer,
    });
    const raw = await client(data, [SETTING.WINDOW, 10]);
    raw.send(call(1));
    expect((await raw.answer(1, 2_000)).reset).toBe(8);
    const other = await client(data);
    const head = headerBlock({
      ":method": "POST",
      ":scheme": "http",
      ":path": SERVING,
      "content-type": "application/grpc",
    });
    other.send(http2Frame(FrameType.HEADERS, 4, 1, head), http2Frame(FrameType.DATA, 0, 1, Buffer.of(0, 0, 0)));
    expect((await other.answer(1, 2_000)).reset).toBe(8);
  });
});
