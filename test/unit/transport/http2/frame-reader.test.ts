import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader } from "../../../../src/transport/http2/frame-reader.ts";
import { ConnectionError } from "../../../../src/transport/http2/frames.ts";
import { MessageReader } from "../../../../src/transport/http2/message-reader.ts";
import { grpcFrame, http2Frame } from "../../../helpers/wire-requests.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** `bytes` in pieces that end at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

function readAll(chunks: readonly Buffer[], stopAfter = Number.POSITIVE_INFINITY): string[] {
  const seen: string[] = [];
  const reader = new FrameReader({
    get closing() {
      return seen.length >= stopAfter;
    },
    onFrame: (type, flags, stream, bytes, from, to) => {
      seen.push(`${type} ${flags} ${stream} ${bytes.toString("hex", from, to)}`);
    },
  });
  for (const chunk of chunks) reader.push(chunk);
  return seen;
}

describe("FrameReader", () => {
  const frame = fc.record({
    type: fc.integer({ min: 0, max: 255 }),
    flags: fc.integer({ min: 0, max: 255 }),
    stream: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    payload: fc.uint8Array({ maxLength: 40 }),
  });

  it("gives the same frames however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(600), { maxLength: 12 }), (frames, places) => {
        const bytes = Buffer.concat([
          PREFACE,
          ...frames.map(({ type, flags, stream, payload }) => http2Frame(type, flags, stream, Buffer.from(payload))),
        ]);
        const expected = frames.map(
          ({ type, flags, stream, payload }) => `${type} ${flags} ${stream} ${Buffer.from(payload).toString("hex")}`,
        );
        expect(readAll(cut(bytes, places))).toEqual(expected);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("ignores the reserved bit of the stream", () => {
    const bytes = http2Frame(6, 0, 1, Buffer.of(5));
    bytes[5] = 0x80;
    expect(readAll([PREFACE, bytes])).toEqual(["6 0 1 05"]);
  });

  it("refuses another preface and frames above 16 KiB before their payload comes", () => {
    expect(() => readAll([Buffer.from("PRI * HTTP/2.0\r\n\r\nSN")])).toThrow(ConnectionError);
    const longest = http2Frame(0, 0, 1, Buffer.alloc(16_384));
    expect(readAll([PREFACE, longest])).toHaveLength(1);
    const head = http2Frame(0, 0, 1, Buffer.alloc(0), 16_385);
    expect(() => readAll([PREFACE, head])).toThrow("a frame of 16385 bytes");
    expect(() => readAll([PREFACE, head.subarray(0, 4), head.subarray(4)])).toThrow("a frame of 16385 bytes");
  });

  it("stops in the middle of a chunk when its handler wants no more", () => {
    const bytes = Buffer.concat([PREFACE, http2Frame(6, 0, 0, Buffer.alloc(1)), http2Frame(6, 0, 0, Buffer.alloc(2))]);
    expect(readAll([bytes], 1)).toEqual(["6 0 0 00"]);
  });
});

interface Read {
  readonly messages: string[];
  readonly reserved: number;
}

function readMessages(chunks: readonly Buffer[], maxBytes = 100_000): Read {
  const messages: string[] = [];
  let reserved = 0;
  const reader = new MessageReader(
    {
      isDeaf: false,
      onMessage: (message, isCompressed) => messages.push(`${isCompressed ? "z" : ""}${message.toString("hex")}`),
      reserve: (bytes) => {
        reserved += bytes;
      },
    },
    maxBytes,
  );
  for (const chunk of chunks) reader.push(chunk, 0, chunk.length);
  return { messages, reserved };
}

describe("MessageReader", () => {
  it("gives the same messages however the bytes are cut", () => {
    const message = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(400), { maxLength: 12 }), (messages, places) => {
        const bytes = Buffer.concat(
          messages.map((each, index) => grpcFrame(Buffer.from(each), each.length, index % 2)),
        );
        const expected = messages.map((each, index) => `${index % 2 ? "z" : ""}${Buffer.from(each).toString("hex")}`);
        expect(readMessages(cut(bytes, places)).messages).toEqual(expected);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("takes no more memory than twice what has come, whatever the prefix says", () => {
    const head = grpcFrame(Buffer.alloc(10), 90_000);
    expect(readMessages([head]).reserved).toBeLessThanOrEqual(4096);
    const { messages, reserved } = readMessages([grpcFrame(Buffer.alloc(90_000, 1)).subarray(0, 60_000)]);
    expect(messages).toEqual([]);
    expect(reserved).toBeLessThanOrEqual(120_000);
  });

  it("refuses by the prefix alone", () => {
    expect(() => readMessages([grpcFrame(Buffer.alloc(0), 100_001)])).toThrow("larger than max (100001 vs 100000)");
    expect(() => readMessages([Buffer.of(0, 255, 255, 255, 255)])).toThrow("4294967295");
    expect(() => readMessages([Buffer.of(2, 0, 0, 0, 0)])).toThrow("flag is 2");
    expect(readMessages([grpcFrame(Buffer.alloc(100_000))]).messages).toHaveLength(1);
  });
});
