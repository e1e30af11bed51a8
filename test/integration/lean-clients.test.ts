/** The lean transport and clients that nobody here wrote: grpc-js, node:http2 and Python's grpcio. */
import { execFile } from "node:child_process";
import { connect as connectHttp2 } from "node:http2";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { ask, atEnd, type Data, featuresRequest, grpcClient, SERVING, startData } from "./transport-kit.ts";

const PYTHON = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
const SCRIPT = fileURLToPath(new URL("./lean_grpcio.py", import.meta.url));
const LARGE = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** Answers a request with its first feature, after so many milliseconds where it ends in `/ms`. */
function startEcho(): Promise<Data> {
  return startData({
    transport: "lean",
    serve: async (request) => {
      const [ref = ""] = request.features;
      const waitMs = Number(ref.split("/")[1] ?? 0);
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      return Buffer.from(ref);
    },
  });
}

/** Asks for `v:1` … `v:n` at once and checks each answer. */
async function askMany(client: ReturnType<typeof grpcClient>, count: number, prefix = "v"): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, n) => ask(client, SERVING, featuresRequest(`${prefix}:${n}/${n % 20}`))),
  );
  expect(answers.map(({ code, details, body }) => [code, details, String(body)])).toEqual(
    answers.map((_, n) => [status.OK, "", `${prefix}:${n}/${n % 20}`]),
  );
}

describe("grpc-js", () => {
  it("has 1,000 calls at once on one connection, each with its own answer", async () => {
    const data = await startEcho();
    await askMany(grpcClient(data.target), 1000);
    expect(data.connections.opened).toBe(1);
    // More than the limit on streams: the client waits or tries again.
    await askMany(grpcClient(data.target), 3000);
  });

  it("comes on 200 connections at once", async () => {
    const data = await startEcho();
    const options = { "grpc.use_local_subchannel_pool": 1 };
    const clients = Array.from({ length: 200 }, () => grpcClient(data.target, undefined, options));
    await Promise.all(clients.map((client, n) => askMany(client, 5, `c${n}`)));
    expect(data.connections.opened).toBe(200);
  });

  it("sends and gets messages of 4 MB, several at once", async () => {
    const answer = Buffer.alloc(4_000_000, "answer ");
    const lengths: number[] = [];
    const data = await startData({
      transport: "lean",
      serve: async (request) => {
        lengths.push(request.columns[0]?.rows ?? 0);
        return answer;
      },
    });
    const client = grpcClient(data.target, undefined, LARGE);
    // One column of a million Values, four bytes each.
    const cell = Buffer.from("0a022001", "hex");
    const values = Buffer.alloc(4_000_000, cell);
    const varint = Buffer.from([
      0x80 | (4_000_000 & 127),
      0x80 | ((4_000_000 >> 7) & 127),
      0x80 | ((4_000_000 >> 14) & 127),
      4_000_000 >> 21,
    ]);
    const entry = Buffer.concat([Buffer.from("0a016b12", "hex"), varint, values]);
    const size = entry.length;
    const head = Buffer.from([
      0x1a,
      0x80 | (size & 127),
      0x80 | ((size >> 7) & 127),
      0x80 | ((size >> 14) & 127),
      size >> 21,
    ]);
    const request = Buffer.concat([head, entry]);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask(client, SERVING, request)));
    for (const { code, body } of answers) {
      expect(code).toBe(status.OK);
      expect(body?.equals(answer)).toBe(true);
    }
    expect(lengths).toEqual(new Array(5).fill(1_000_000));
  });

  it("compresses with gzip and deflate", async () => {
    const data = await startEcho();
    for (const algorithm of [1, 2]) {
      const client = grpcClient(data.target, undefined, { "grpc.default_compression_algorithm": algorithm });
      const answer = await ask(client, SERVING, featuresRequest("squeezed:feature"));
      expect([answer.code, String(answer.body)]).toEqual([status.OK, "squeezed:feature"]);
    }
  });
});

describe("node:http2", () => {
  it("gets along with a header table of any size", async () => {
    const data = await startEcho();
    for (const headerTableSize of [0, 64, 4096, 65_536]) {
      const session = connectHttp2(`http://${data.target}`, { settings: { headerTableSize } });
      atEnd(() => session.destroy());
      for (let n = 0; n < 3; n++) {
        const trailers = await new Promise((resolve, reject) => {
          const stream = session.request({
            ":method": "POST",
            ":path": SERVING,
            "content-type": "application/grpc+proto",
            te: "trailers",
            "x-filler": "f".repeat(n * 1500),
          });
          stream.on("trailers", resolve);
          stream.on("error", reject);
          stream.resume();
          const message = featuresRequest("a:b");
          stream.end(Buffer.concat([Buffer.of(0, 0, 0, 0, message.length), message]));
        });
        expect(trailers).toMatchObject({ "grpc-status": "0" });
      }
    }
  });

  it("is told when its headers are too many, and can go on", async () => {
    const data = await startEcho();
    const session = connectHttp2(`http://${data.target}`, { maxSendHeaderBlockLength: 200_000 });
    atEnd(() => session.destroy());
    const send = (length: number): Promise<Record<string, unknown>> =>
      new Promise((resolve, reject) => {
        const stream = session.request({
          ":method": "POST",
          ":path": SERVING,
          "content-type": "application/grpc",
          "x-filler": "f".repeat(length),
        });
        stream.on("response", (headers) => resolve(headers));
        stream.on("trailers", resolve);
        stream.on("error", reject);
        stream.end(Buffer.alloc(5));
      });
    // node:http2 keeps to SETTINGS_MAX_HEADER_LIST_SIZE once it knows it, so the first call is the one.
    expect((await send(30_000))["grpc-status"]).toBe("8");
    expect((await send(10))[":status"]).toBe(200);
  });
});

describe("Python's grpcio", () => {
  it("asks, watches health and reflects, in the ways of C-core", async () => {
    const data = await startEcho();
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, data.target], { timeout: 25_000 });
    expect(JSON.parse(stdout)).toEqual({
      unary: 500,
      threads: 1600,
      large: 3_000_000,
      gzip: "packed:feature",
      deadline: "DEADLINE_EXCEEDED",
      unknown: "UNIMPLEMENTED",
      health: "SERVING",
      watched: "SERVING",
      services: [
        "GrpcFeatureServer",
        "feast.serving.ServingService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
      ],
      method: "GetOnlineFeatures",
      aio: 500,
    });
    expect(data.events.filter((event) => event["event"] === "unexpected_error")).toEqual([]);
  });
});
