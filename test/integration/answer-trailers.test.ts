/** What an answer says about itself: trailers over gRPC, headers over HTTP, a line of `get`; and nothing on an ordinary answer. */
import { describe, expect, it } from "vitest";
import type { Degradation } from "../../src/model/degradation.ts";
import type { CallContext } from "../../src/model/request.ts";
import { ServeError } from "../../src/model/serve-error.ts";
import type { TransportKind } from "../../src/transport/grpc/grpc-server.ts";
import { RawHttp2, settings, uint32 } from "../helpers/raw-http2.ts";
import { runCli } from "../helpers/run-cli.ts";
import { FrameType, grpcCallFrames, grpcFrame, http2Frame, http2Opening } from "../helpers/wire-requests.ts";
import {
  ask,
  atEnd,
  type Data,
  FEATURE_SERVER,
  featuresRequest,
  grpcClient,
  SERVING,
  startData,
  talk,
} from "./transport-kit.ts";

const MARK: Degradation = { view: "driver stats", policy: "stale", reason: "lag", rows: 3, cells: 3, ageMs: 812 };
const TEXT = "driver%20stats=stale;reason=lag;rows=3;age_ms=812";
const BUDGET = "loop=10,redis=900";

/** A port whose answers are marked, and are these bytes. */
function startMarked(transport: TransportKind, answer: Buffer, mark: (call: CallContext) => void): Promise<Data> {
  return startData({
    transport,
    serve: async (_request, call) => {
      mark(call);
      return answer;
    },
  });
}

function markBoth(call: CallContext): void {
  call.degraded = [MARK];
  call.trailers = [["feast-sidecar-budget", BUDGET]];
}

function postFeatures(data: Data, features: readonly string[] = ["a:b"]): Promise<Response> {
  const body = JSON.stringify({ features, entities: { id: [1] } });
  return fetch(`http://${data.target}/get-online-features`, { method: "POST", body });
}

describe.each<TransportKind>(["lean", "grpc-js"])("over %s", (transport) => {
  it.each([
    ["an empty answer", 0],
    ["a small answer", 100],
    ["an answer of more than one frame", 40_000],
    ["an answer of more than the window", 300_000],
  ])("%s has its marks as trailers, to both services", async (_name, bytes) => {
    const answer = Buffer.alloc(bytes, 0x3a);
    const data = await startMarked(transport, answer, markBoth);
    const client = grpcClient(data.target);
    for (const path of [SERVING, FEATURE_SERVER]) {
      const seen = await ask(client, path);
      expect(seen).toMatchObject({ code: 0, details: "" });
      expect(seen.trailers).toEqual({ "feast-sidecar-degraded": TEXT, "feast-sidecar-budget": BUDGET });
      expect(seen.body?.equals(answer)).toBe(true);
    }
    expect(data.outcomes.map(([, outcome]) => outcome)).toEqual(["OK", "OK"]);
  });

  it("an ordinary answer has none, also between marked ones on the same connection", async () => {
    const data = await startData({ transport });
    const client = grpcClient(data.target);
    const refs = Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? `mark:view_${index}` : `v:${index}`));
    const answers = await Promise.all(refs.map((ref) => ask(client, SERVING, featuresRequest(ref))));
    for (const [index, { code, trailers, body }] of answers.entries()) {
      expect(code).toBe(0);
      expect(JSON.parse(String(body))).toMatchObject({ features: [refs[index]] });
      const degraded = `view_${index}=stale;reason=lag;rows=1;age_ms=812`;
      const marks = { "feast-sidecar-degraded": degraded, "feast-sidecar-budget": `loop=view_${index}` };
      expect(trailers).toEqual(index % 3 === 0 ? marks : {});
    }
  });

  it("a refusal has none, whatever was marked before", async () => {
    const data = await startMarked(transport, Buffer.alloc(0), (call) => {
      markBoth(call);
      throw new ServeError("NOT_FOUND", "no such view");
    });
    const seen = await ask(grpcClient(data.target), SERVING);
    expect(seen).toMatchObject({ code: 5, details: "no such view" });
    expect(Object.keys(seen.trailers).filter((name) => name.startsWith("feast-"))).toEqual([]);
  });

  it("as many marks as fit in 2 KiB, and what no header may hold is made harmless", async () => {
    const data = await startMarked(transport, Buffer.from("{}"), (call) => {
      call.degraded = Array.from({ length: 500 }, (_, index) => ({ ...MARK, view: `ż${index}\r\nx: y` }));
      call.trailers = [["feast-sidecar-budget", `a\r\ngrpc-status: 13\0${"ż".repeat(5000)}`]];
    });
    const { code, trailers } = await ask(grpcClient(data.target), SERVING);
    expect(code).toBe(0);
    expect(trailers["feast-sidecar-degraded"]).toMatch(/^(%C5%BC\d+%0D%0Ax%3A%20y=stale;[\w=;]+, )+truncated$/);
    expect(String(trailers["feast-sidecar-degraded"]).length).toBeLessThanOrEqual(2048);
    expect(trailers["feast-sidecar-budget"]).toBe(`a??grpc-status: 13?${"?".repeat(2048 - 19)}`);
    const response = await postFeatures(data);
    expect(response.headers.get("feast-sidecar-degraded")).toBe(trailers["feast-sidecar-degraded"]);
    expect(response.headers.get("feast-sidecar-budget")).toBe(trailers["feast-sidecar-budget"]);
  });
});

describe("over HTTP", () => {
  it("a marked answer has headers of the same names, and the same body", async () => {
    const body = Buffer.from('{"results":[]}');
    const response = await postFeatures(await startMarked("lean", body, markBoth));
    expect(response.status).toBe(200);
    expect(response.headers.get("feast-sidecar-degraded")).toBe(TEXT);
    expect(response.headers.get("feast-sidecar-budget")).toBe(BUDGET);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe('{"results":[]}');
  });

  it("an ordinary answer and a refusal have none", async () => {
    const ordinary = await postFeatures(await startData());
    const refused = await postFeatures(
      await startMarked("lean", Buffer.alloc(0), (call) => {
        markBoth(call);
        throw new ServeError("UNAVAILABLE", "no store");
      }),
    );
    expect([ordinary.status, refused.status]).toEqual([200, 503]);
    for (const { headers } of [ordinary, refused]) {
      expect([...headers.keys()].filter((name) => name.startsWith("feast-"))).toEqual([]);
    }
  });

  it("a view's name cannot begin a header or an answer of its own", async () => {
    const data = await startData();
    const body = JSON.stringify({ features: ["mark:v\r\nset-cookie=1\r\n\r\nHTTP/1.1 200 OK"], entities: { id: [1] } });
    const seen = await talk(
      data.port,
      `POST /get-online-features HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const [head = "", ...rest] = seen.split("\r\n\r\n");
    expect(rest).toHaveLength(1);
    const lines = head.toLowerCase().split("\r\n");
    expect(lines.filter((line) => line.startsWith("set-cookie"))).toEqual([]);
    expect(head).toContain("v%0D%0Aset-cookie%3D1%0D%0A%0D%0AHTTP%2F1.1%20200%20OK=stale;");
    expect(lines).toContain("feast-sidecar-budget: loop=v??set-cookie=1????http/1.1 200 ok");
  });
});

describe("frame by frame", () => {
  const HEADER_TABLE_SIZE = 1;
  const INITIAL_WINDOW_SIZE = 4;

  async function connectTo(data: Data, id: number, value: number): Promise<RawHttp2> {
    const set = http2Frame(FrameType.SETTINGS, 0, 0, settings([id, value]));
    const raw = await RawHttp2.connect(data.port, Buffer.concat([http2Opening().subarray(0, 24), set]));
    atEnd(() => raw.close());
    return raw;
  }
  const call = (stream: number, ref: string, headers = {}): Buffer =>
    grpcCallFrames(stream, SERVING, featuresRequest(ref), headers);

  it("a marked answer is three frames, and the trailers of an ordinary one are its status alone", async () => {
    const data = await startData({ transport: "lean" });
    // A table of 0 bytes: the first block must begin with the table update, whichever way it goes out.
    const raw = await connectTo(data, HEADER_TABLE_SIZE, 0);
    raw.send(call(1, "mark:v"), call(3, "a:b"));
    const [marked, ordinary] = [await raw.answer(1), await raw.answer(3)];
    const { HEADERS, DATA } = FrameType;
    for (const { frames } of [marked, ordinary])
      expect(frames.map(({ type }) => type)).toEqual([HEADERS, DATA, HEADERS]);
    expect(raw.frames.find(({ type }) => type === HEADERS)?.payload[0]).toBe(0x20);
    expect(marked.header("grpc-status")).toBe("0");
    expect(marked.header("feast-sidecar-degraded")).toBe("v=stale;reason=lag;rows=1;age_ms=812");
    expect(marked.header("feast-sidecar-budget")).toBe("loop=v");
    expect(ordinary.frames[2]?.payload).toEqual(Buffer.from("\0\x0bgrpc-status\x010", "latin1"));
  });

  it("marks come after the last byte, however slowly the client takes them", async () => {
    const data = await startMarked("lean", Buffer.from("0123456789"), markBoth);
    const raw = await connectTo(data, INITIAL_WINDOW_SIZE, 6);
    raw.send(call(1, "a:b"));
    await raw.frame(({ type, payload }) => type === FrameType.DATA && payload.length === 6, "the first bytes");
    raw.send(http2Frame(8, 0, 1, uint32(9)));
    const answer = await raw.answer(1);
    expect(answer.body).toEqual(grpcFrame(Buffer.from("0123456789")));
    expect(answer.frames.map(({ type }) => type)).toEqual([1, 0, 0, 1]);
    expect(answer.header("feast-sidecar-degraded")).toBe(TEXT);
  });

  it("an answer whose deadline passes on the way out ends with that status and no mark", async () => {
    const data = await startMarked("lean", Buffer.from("0123456789"), markBoth);
    const raw = await connectTo(data, INITIAL_WINDOW_SIZE, 6);
    raw.send(call(1, "a:b", { "grpc-timeout": "60m" }));
    const answer = await raw.answer(1);
    expect(answer.header("grpc-status")).toBe("4");
    expect(answer.header("feast-sidecar-degraded")).toBe("");
  });
});

describe("feast-sidecar get", () => {
  it("prints the marks to stderr, and the answer as ever", async () => {
    const answer = Buffer.from(
      '{"metadata":{"feature_names":["n"]},"results":[{"values":[7],"statuses":["PRESENT"],"event_timestamps":[""]}]}',
    );
    const data = await startMarked("lean", answer, (call) => {
      call.degraded = [MARK];
    });
    const args = ["get", "--address", data.target, "--features", "driver stats:n", "id=1"];
    const [table, json] = await Promise.all([runCli(args), runCli([...args, "--json"])]);
    expect(table).toMatchObject({ code: 0, stderr: `degraded: ${TEXT}\n` });
    expect(table.stdout).toMatch(/^n +7 +PRESENT$/m);
    expect(json).toMatchObject({ code: 0, stdout: `${answer}\n`, stderr: `degraded: ${TEXT}\n` });
  });
});
