/** What the lean server does with a socket, seen from a socket that counts. */
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { noopRecorder } from "../../../../src/telemetry/recorder.ts";
import { TurnClock } from "../../../../src/timing/turn-clock.ts";
import { systemClock } from "../../../../src/transport/clock.ts";
import type { GrpcServer } from "../../../../src/transport/grpc/grpc-server.ts";
import { methodTable, type UnaryHandler, unary } from "../../../../src/transport/grpc/method-table.ts";
import { createLeanServer } from "../../../../src/transport/http2/create-lean-server.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from "../../../../src/transport/options.ts";
import { grpcCallFrames, http2Frame, http2Opening } from "../../../helpers/wire-requests.ts";

class CountingSocket extends Duplex {
  readonly writes: Buffer[] = [];
  /** Parts of gathered writes. */
  gathered = 0;

  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(Buffer.from(chunk));
    done();
  }
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.gathered += chunks.length;
    this.writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }
}

function serve(handle: UnaryHandler): { server: GrpcServer; socket: CountingSocket } {
  const server = createLeanServer({
    methods: methodTable([unary("/a/b", handle)]),
    limits: DEFAULT_LIMITS,
    timeouts: DEFAULT_TIMEOUTS,
    recorder: noopRecorder,
    clock: systemClock,
    turn: new TurnClock(() => systemClock.nowMs()),
    random: () => 0.5,
    onUnexpectedError: (error) => {
      throw error;
    },
  });
  const socket = new CountingSocket();
  server.inject(socket as unknown as Socket);
  return { server, socket };
}

const calls = (count: number, first = 1): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, n) => grpcCallFrames(first + 2 * n, "/a/b", Buffer.from("hi"))));

/** Streams whose frame with END_STREAM is in the bytes, in order. */
function ended(bytes: Buffer): number[] {
  const streams: number[] = [];
  for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    const isAnswer = (bytes[at + 3] as number) <= 1;
    if (isAnswer && ((bytes[at + 4] as number) & 1) !== 0) streams.push(bytes.readUInt32BE(at + 5));
  }
  return streams;
}

describe("one write", () => {
  it("carries all answers that are ready in a turn, whether they were waited for or not", async () => {
    const answer = Buffer.alloc(500);
    for (const handle of [() => answer, async () => answer]) {
      const { server, socket } = serve(handle);
      socket.push(Buffer.concat([http2Opening(), calls(20)]));
      await turn();
      await turn();
      // SETTINGS may leave before the first bytes come.
      expect(socket.writes.length).toBeLessThanOrEqual(2);
      expect(ended(socket.writes.at(-1) as Buffer)).toEqual(Array.from({ length: 20 }, (_, n) => 1 + 2 * n));
      expect(socket.gathered).toBe(0);
      server.destroy();
    }
  });

  it("writes HEADERS, DATA and trailers of an answer and nothing else", async () => {
    const { server, socket } = serve((request) => Buffer.concat([request, Buffer.from("!")]));
    socket.push(http2Opening());
    await turn();
    await turn();
    const before = socket.writes.length;
    socket.push(calls(1));
    await turn();
    await turn();
    expect(socket.writes).toHaveLength(before + 1);
    const bytes = socket.writes.at(-1) as Buffer;
    const text = (value: string): string => String.fromCharCode(value.length) + value;
    const head = `\x88\0${text("content-type")}${text("application/grpc")}`;
    const trailers = `\0${text("grpc-status")}${text("0")}`;
    expect(bytes.toString("latin1")).toBe(
      [
        `\0\0${String.fromCharCode(head.length)}\x01\x04\0\0\0\x01${head}`,
        "\0\0\x08\0\0\0\0\0\x01\0\0\0\0\x03hi!",
        `\0\0${String.fromCharCode(trailers.length)}\x01\x05\0\0\0\x01${trailers}`,
      ].join(""),
    );
    server.destroy();
  });

  it("sends a large answer from where it is, a window's worth at a time", async () => {
    const answer = Buffer.alloc(1_000_000, "x");
    const { server, socket } = serve(() => answer);
    const window = Buffer.from("000400100000", "hex");
    const grow = Buffer.from("7fff0000", "hex");
    socket.push(Buffer.concat([http2Opening(), http2Frame(4, 0, 0, window), http2Frame(8, 0, 0, grow), calls(1)]));
    for (let n = 0; n < 20; n++) await turn();
    const sent = Buffer.concat(socket.writes);
    expect(ended(sent)).toEqual([1]);
    expect(sent.length).toBeGreaterThan(1_000_000);
    // 16 KiB frames, each a head and a piece of the answer itself.
    expect(socket.gathered).toBeGreaterThan(100);
    expect(Math.max(...socket.writes.map((write) => write.length))).toBeLessThan(300_000);
    server.destroy();
  });
});

describe("one read", () => {
  it("takes a share of what a socket has, and the rest when others have had their turn", async () => {
    let handled = 0;
    const { server, socket } = serve(() => {
      handled++;
      return Buffer.alloc(1);
    });
    socket.push(http2Opening());
    await turn();
    const bytes = calls(900);
    const { length } = bytes;
    for (let n = 0; n < 10; n++) socket.push(calls(900, 1 + 1800 * n));
    await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));
    expect(handled).toBeGreaterThan(900);
    expect(handled * (length / 900)).toBeLessThan(262_144 + 2 * length);
    for (let n = 0; n < 20; n++) await turn();
    expect(handled).toBe(9000);
    server.destroy();
  });
});
