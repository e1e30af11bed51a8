/**
 * The same seeded requests through both transports: whatever a caller sends, status, message, bytes and retry hint are the same.
 * DIFFERENTIAL_SEED=n repeats a run.
 */
import { type ClientHttp2Session, connect } from "node:http2";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { TransportKind } from "../../src/transport/grpc/grpc-server.ts";
import { DEFAULT_LIMITS } from "../../src/transport/options.ts";
import { createRandom, type Random } from "../helpers/random.ts";
import { grpcFrame } from "../helpers/wire-requests.ts";
import { atEnd, FEATURE_SERVER, featuresRequest, SERVING, startData } from "./transport-kit.ts";

const SEED = Number(process.env["DIFFERENTIAL_SEED"] ?? 20_261_124);
const CASES = 1500;
const MAX_REQUEST_BYTES = 3000;

interface Case {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the body is cut into DATA frames. */
  readonly cuts: readonly number[];
}

interface Seen {
  readonly http: unknown;
  readonly status: unknown;
  readonly message: string;
  readonly pushback: unknown;
  /** What an OK answer says about itself. */
  readonly marks: readonly unknown[];
  readonly body: string;
}

const CODES = ["INVALID_ARGUMENT", "NOT_FOUND", "UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "INTERNAL"];
const PATHS = [
  SERVING,
  SERVING,
  FEATURE_SERVER,
  "/feast.serving.ServingService/GetFeastServingInfo",
  "/GrpcFeatureServer/Push",
  "/grpc.health.v1.Health/Check",
  "/grpc.health.v1.Health/List",
  "/no/where",
  "/",
];
// None malformed: grpc-js answers those INTERNAL by itself, lean INVALID_ARGUMENT.
const TIMEOUTS = ["10S", "99999999H", "1H", "600000m"];
const OWN_TIMEOUTS = ["5000", "7.5e3", "-1", "60000.25"];
const ENCODINGS = ["gzip", "deflate", "br", "snappy"];

function messageOf(random: Random, isBad: boolean): Buffer {
  const kind = random.below(9);
  if (kind === 0) return featuresRequest(`error:${CODES[random.below(CODES.length)]}`);
  if (kind === 1) return featuresRequest("throw:x");
  if (kind === 2) return Buffer.alloc(0);
  if (kind === 3) return Buffer.from(Array.from({ length: random.below(40) }, () => random.below(256)));
  if (kind === 4 && !isBad) return Buffer.alloc(MAX_REQUEST_BYTES - 2 + random.below(5), 0x3a);
  if (kind === 5) return featuresRequest(`mark:ż\r\nx${"\u0000,v ".repeat(random.below(20))}`);
  return featuresRequest(`view_${random.below(1000)}:ż${"f".repeat(random.below(60))}`);
}

function caseOf(random: Random): Case {
  const headers: Record<string, string> = { ":path": PATHS[random.below(PATHS.length)] as string };
  const oneIn = (count: number): boolean => random.below(count) === 0;
  const pick = (words: readonly string[]): string => words[random.below(words.length)] as string;
  if (oneIn(8)) headers["grpc-timeout"] = pick(TIMEOUTS);
  if (oneIn(8)) headers["feast-sidecar-timeout-ms"] = pick(OWN_TIMEOUTS);
  if (oneIn(10)) headers["content-type"] = pick(["application/json", "application/grpc+proto", "application/grpc-web"]);
  const parts: Buffer[] = [];
  // Of two mistakes in one request either may be named: those above come with one message that is whole.
  const isBad = Object.keys(headers).length > 1;
  const count = !isBad && oneIn(8) ? random.below(3) : 1;
  for (let n = 0; n < count; n++) {
    const message = messageOf(random, isBad);
    if (isBad || count > 1 || !oneIn(6)) {
      parts.push(grpcFrame(message));
      continue;
    }
    const encoding = pick(ENCODINGS);
    headers["grpc-encoding"] = encoding;
    const packed = encoding === "gzip" ? gzipSync(message) : encoding === "deflate" ? deflateSync(message) : message;
    parts.push(grpcFrame(oneIn(5) ? packed.subarray(0, packed.length >> 1) : packed, undefined, 1));
  }
  let body = Buffer.concat(parts);
  if (!isBad && oneIn(10)) body = body.subarray(0, random.below(body.length + 1));
  return { headers, body, cuts: Array.from({ length: random.below(4) }, () => random.below(body.length + 1)) };
}

function send(session: ClientHttp2Session, { headers, body, cuts }: Case): Promise<Seen> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const seen: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on("response", (given) => Object.assign(seen, given));
    stream.on("trailers", (given) => Object.assign(seen, given));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => {});
    stream.on("close", () => {
      const isGrpc = seen[":status"] === 200;
      resolve({
        http: seen[":status"],
        status: seen["grpc-status"],
        message: decodeURIComponent(String(seen["grpc-message"] ?? "")).replace(/^OK$/, ""),
        pushback: seen["grpc-retry-pushback-ms"],
        marks: [seen["feast-sidecar-degraded"], seen["feast-sidecar-budget"]],
        body: isGrpc ? Buffer.concat(chunks).toString("hex") : "",
      });
    });
    let from = 0;
    for (const to of [...cuts].sort((a, b) => a - b)) {
      stream.write(body.subarray(from, to));
      from = to;
    }
    stream.end(body.subarray(from));
  });
}

describe("lean and grpc-js", () => {
  it(`answer ${CASES} requests alike (seed ${SEED})`, async () => {
    const kinds: readonly TransportKind[] = ["lean", "grpc-js"];
    const sessions = await Promise.all(
      kinds.map(async (transport) => {
        const limits = { ...DEFAULT_LIMITS, maxRequestBytes: MAX_REQUEST_BYTES };
        const data = await startData({ transport, limits, random: () => 0 });
        const session = connect(`http://${data.target}`);
        session.on("error", () => {});
        atEnd(() => session.destroy());
        return session;
      }),
    );
    const random = createRandom(SEED);
    const statuses = new Set<unknown>();
    let marked = 0;
    for (let n = 0; n < CASES; n++) {
      const each = caseOf(random);
      const [lean, oracle] = await Promise.all(sessions.map((session) => send(session, each)));
      expect(lean, `case ${n}: ${JSON.stringify(each.headers)} ${each.body.toString("base64")}`).toEqual(oracle);
      statuses.add(lean?.status);
      if (lean?.marks.every((mark) => typeof mark === "string")) marked++;
    }
    // Or nothing was compared.
    expect([...statuses].map(String).sort()).toEqual(["0", "12", "13", "14", "3", "4", "5", "8", "undefined"]);
    // About 40, by the seed.
    expect(marked).toBeGreaterThan(10);
  }, 60_000);
});
