/**
 * Seeded fuzz of the live server: damaged requests, bodies, connections and frames. Each gets an answer or a closed connection in
 * time, none is a bug of the server's, and at the end it still serves. FUZZ_SEED=n repeats a run.
 */
import { Agent, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeRequest } from "../conformance/oracle/feast-client.ts";
import { copyRepository, type RepositoryCopy } from "../helpers/feature-repository.ts";
import { mutateBytes, mutateJson } from "../helpers/mutate.ts";
import { createRandom, type Random } from "../helpers/random.ts";
import { startSidecar, type TestSidecar } from "../helpers/start-sidecar.ts";
import { FrameType, grpcCallFrames, http2Frame, http2Opening } from "../helpers/wire-requests.ts";

const SEED = Number(process.env["FUZZ_SEED"] ?? 20_261_124);
/** Longest wait for an answer; a hang is a failure. */
const ANSWER_MS = 10_000;
/** FUZZ_ROUNDS=n for a longer look. */
const ROUNDS = Number(process.env["FUZZ_ROUNDS"] ?? 1);
const GRPC_CALLS = 3000 * ROUNDS;
const HTTP_CALLS = 2000 * ROUNDS;
const CONNECTIONS = 2000 * ROUNDS;
const TEST_TIMEOUT_MS = 30_000 * ROUNDS;
const MAX_RSS_BYTES = 512 * 1024 * 1024;

const PATHS = ["/feast.serving.ServingService/GetOnlineFeatures", "/GrpcFeatureServer/GetOnlineFeatures"];
/** What a caller's mistake may be called. */
const GRPC_CODES = new Set([
  status.OK,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.FAILED_PRECONDITION,
  status.UNIMPLEMENTED,
]);

const int64s = (...values: string[]): object => ({ val: values.map((value) => ({ int64_val: value })) });
const GRPC_CORPUS: readonly Buffer[] = [
  { features: { val: ["driver_stats:trips"] }, entities: { driver_id: int64s("1", "2", "9") } },
  { feature_service: "svc", entities: { driver_id: int64s("1"), customer_id: { val: [{ string_val: "c1" }] } } },
  { feature_service: "svc_alltypes", entities: { driver_id: int64s("1", "2", "3", "4", "5", "6") } },
  {
    features: { val: ["combo:cnt", "glob:rate", "żółw:🐢"] },
    entities: { driver_id: int64s("1"), customer_id: { val: [{ string_val: "c1" }] } },
    full_feature_names: true,
    include_feature_view_version_metadata: true,
  },
  { feature_service: "svc_alias", entities: { origin_id: int64s("1"), dest_id: int64s("2") } },
  { features: { val: ["blob_stats:size"] }, entities: { blob_id: { val: [{ bytes_val: Buffer.of(0, 255) }] } } },
].map(encodeRequest);

const JSON_CORPUS: readonly string[] = [
  '{"features":["driver_stats:trips","wide:w03"],"entities":{"driver_id":[1,2,null,-5]}}',
  '{"feature_service":"svc","entities":{"driver_id":[1],"customer_id":["c1"]},"full_feature_names":true}',
  '{"feature_service":"svc_alltypes","entities":{"driver_id":[1,2,3,4,5,6]},"full_feature_names":false}',
  '{"features":["moment_stats:load","glob:rate"],"entities":{"moment_ts":[1700000000,"2024-01-02T03:04:05Z"]}}',
  '{"feature_service":"svc_pre","entities":{"driver_id":["1",2]},"include_feature_view_version_metadata":true}',
];

/** Runs `once` so many times, `width` at a time. */
async function many(count: number, width: number, once: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (next < count) await once(next++);
    }),
  );
}

const identity = (bytes: Buffer): Buffer => bytes;

function callGrpc(client: Client, path: string, message: Buffer): Promise<{ code: number; details: string }> {
  return new Promise((resolve) => {
    const deadline = Date.now() + ANSWER_MS;
    client.makeUnaryRequest(path, identity, identity, message, { deadline }, (error: ServiceError | null) =>
      resolve({ code: error?.code ?? 0, details: error?.details ?? "" }),
    );
  });
}

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

function callHttp(agent: Agent, url: string, body: Buffer, headers: Record<string, string>): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const options = { agent, method: "POST", headers: { "content-length": body.length, ...headers }, signal };
    const call = httpRequest(`${url}/get-online-features`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    call.on("error", reject);
    call.end(body);
  });
}

/**
 * Writes, says that nothing more comes, and waits until the server has closed.
 * @param leave resets the connection instead, as soon as the bytes are sent
 * @returns what the server said
 */
function talk(port: number, bytes: Buffer, leave: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`still open after ${ANSWER_MS} ms; sent ${bytes.toString("base64")}`));
    }, ANSWER_MS);
    socket.on("data", (chunk: Buffer) => {
      heard += chunk.toString("latin1");
    });
    // A reset is a closed connection too.
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(heard);
    });
    if (leave) socket.write(bytes, () => socket.resetAndDestroy());
    else socket.end(bytes);
  });
}

function rawGarbage(random: Random): Buffer {
  const words = [
    "GET ",
    "POST ",
    "PRI * HTTP/2.0\r\n",
    "HTTP/1.1",
    "\r\n",
    "Host: x\r\n",
    "\0",
    "Content-Length: ",
    "-1",
  ];
  const parts = Array.from({ length: random.below(12) }, () =>
    random.next() < 0.5 ? Buffer.from(random.pick(words)) : random.bytes(random.below(40)),
  );
  return Buffer.concat(parts);
}

function brokenHttp1(random: Random): Buffer {
  const body = random.pick(JSON_CORPUS);
  const head = `POST /get-online-features HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return mutateBytes(Buffer.from(head + body), rawGarbage(random), random);
}

function noiseFrames(random: Random): Buffer {
  const frames = Array.from({ length: 1 + random.below(8) }, () => {
    const payload = random.bytes(random.below(64));
    const length = random.next() < 0.2 ? random.below(2 ** 24) : payload.length;
    return http2Frame(random.below(12), random.below(256), random.below(5), payload, length);
  });
  return Buffer.concat(frames);
}

function frameGarbage(random: Random): Buffer {
  return Buffer.concat([http2Opening(), noiseFrames(random)]);
}

/** Several calls on one connection, some reset or interrupted, some damaged. */
function brokenCalls(random: Random): Buffer {
  const paths = [...PATHS, "/grpc.health.v1.Health/Watch", "/grpc.health.v1.Health/Check", "/nowhere"];
  const frames = Array.from({ length: 1 + random.below(5) }, (_, index) => {
    const headers: Record<string, string> = {};
    if (random.next() < 0.2) headers["content-type"] = random.pick(["application/grpc+proto", "text/plain", ""]);
    if (random.next() < 0.2) headers["grpc-timeout"] = random.pick(["1n", "10m", "99999999H", "-1S", "x"]);
    if (random.next() < 0.2) headers["grpc-encoding"] = random.pick(["gzip", "deflate", "snappy"]);
    const call = grpcCallFrames(2 * index + 1, random.pick(paths), random.pick(GRPC_CORPUS), headers);
    if (random.next() < 0.5) return call;
    const reset = http2Frame(FrameType.RST_STREAM, 0, 2 * index + 1, Buffer.of(0, 0, 0, random.below(14)));
    return random.next() < 0.5 ? Buffer.concat([call, reset]) : mutateBytes(call, noiseFrames(random), random);
  });
  return Buffer.concat([http2Opening(), ...frames]);
}

describe(`fuzz with FUZZ_SEED=${SEED}`, () => {
  let repo: RepositoryCopy;
  let sidecar: TestSidecar;
  let client: Client;

  beforeAll(async () => {
    console.log(`FUZZ_SEED=${SEED}`);
    repo = copyRepository("sqlite");
    sidecar = await startSidecar({ repo: repo.dir });
    client = new Client(sidecar.address, credentials.createInsecure(), { "grpc.enable_retries": 0 });
  });

  afterAll(async () => {
    client?.close();
    await sidecar?.stop();
    repo?.remove();
  });

  it(
    "answers damaged gRPC messages",
    async () => {
      const random = createRandom(SEED);
      const seen = new Map<number, number>();
      await many(GRPC_CALLS, 32, async () => {
        const message = mutateBytes(random.pick(GRPC_CORPUS), random.pick(GRPC_CORPUS), random);
        const { code, details } = await callGrpc(client, random.pick(PATHS), message);
        seen.set(code, (seen.get(code) ?? 0) + 1);
        if (!GRPC_CODES.has(code)) expect.unreachable(`${code} ${details} to ${message.toString("base64")}`);
      });
      // The damage is neither so small nor so great that only one path is taken.
      for (const code of [status.OK, status.INVALID_ARGUMENT, status.NOT_FOUND])
        expect(seen.get(code)).toBeGreaterThan(20);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    "answers damaged JSON bodies",
    async () => {
      const random = createRandom(SEED + 1);
      const agent = new Agent({ keepAlive: true, maxSockets: 16 });
      const seen = new Map<number, number>();
      await many(HTTP_CALLS, 16, async () => {
        const text = random.pick(JSON_CORPUS);
        const plain =
          random.next() < 0.6
            ? Buffer.from(mutateJson(text, random))
            : mutateBytes(Buffer.from(text), Buffer.from(random.pick(JSON_CORPUS)), random);
        const zipped = random.next() < 0.1;
        const sent = zipped ? mutateBytes(gzipSync(plain), plain, random) : plain;
        const headers: Record<string, string> = zipped ? { "content-encoding": "gzip" } : {};
        if (random.next() < 0.5) headers["content-type"] = random.pick(["application/json", "text/plain", "x"]);
        const answer = await callHttp(agent, sidecar.url, sent, headers);
        seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
        const sane = [200, 400, 404, 422, 500, 501].includes(answer.status) && !answer.body.includes("Internal error");
        if (!sane) expect.unreachable(`${answer.status} ${answer.body} to ${sent.toString("base64")}`);
        if (answer.status !== 200) expect(() => JSON.parse(answer.body)).not.toThrow();
      });
      agent.destroy();
      for (const code of [200, 404, 422]) expect(seen.get(code)).toBeGreaterThan(20);
    },
    TEST_TIMEOUT_MS,
  );

  it(
    "closes connections that carry garbage",
    async () => {
      const random = createRandom(SEED + 2);
      const kinds = [rawGarbage, brokenHttp1, frameGarbage, brokenCalls];
      const ports = [sidecar.url, sidecar.url, sidecar.url, sidecar.adminUrl].map((url) => Number(new URL(url).port));
      const replies = new Set<string>();
      await many(CONNECTIONS, 16, async () => {
        const garbage = random.pick(kinds)(random);
        const reply = await talk(random.pick(ports), garbage, random.next() < 0.2);
        replies.add(reply.slice(0, 12));
      });
      expect([...replies]).toContain("HTTP/1.1 400");
    },
    TEST_TIMEOUT_MS,
  );

  it("still serves, within its memory, and knows of no bug", async () => {
    const body = Buffer.from('{"features":["driver_stats:trips"],"entities":{"driver_id":[1,2,9]}}');
    const agent = new Agent();
    const answer = await callHttp(agent, sidecar.url, body, {});
    agent.destroy();
    expect(answer.status).toBe(200);
    expect((JSON.parse(answer.body) as { results: { values: unknown[] }[] }).results[1]?.values).toEqual([
      10,
      20,
      null,
    ]);
    expect(await callGrpc(client, PATHS[0] as string, GRPC_CORPUS[0] as Buffer)).toEqual({ code: 0, details: "" });
    const metrics = (await sidecar.admin("/metrics")).body;
    const metric = (name: string): number => Number(new RegExp(`^${name} (.*)$`, "m").exec(metrics)?.[1]);
    expect(metric("feast_sidecar_process_resident_memory_bytes")).toBeLessThan(MAX_RSS_BYTES);
    // Ours, and at most those of the fuzz that the server has not yet seen close.
    expect(metric("feast_sidecar_connections")).toBeLessThanOrEqual(2);
    expect(metrics).not.toMatch(/outcome="INTERNAL"/);
    expect(sidecar.events("unexpected_error")).toEqual([]);
  });
});
