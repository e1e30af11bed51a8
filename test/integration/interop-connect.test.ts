/** @connectrpc/connect-node's gRPC client: values, errors, deadlines and streams, in cleartext and over TLS. */
import {
  createFileRegistry,
  type DescService,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type CallOptions, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Serve } from "../../src/model/serve.ts";
import { ServeError } from "../../src/model/serve-error.ts";
import { FILE_DESCRIPTOR_SET_BASE64 } from "../../src/transport/grpc/file-descriptors.ts";
import { createTestPki, type TestPki } from "../helpers/test-pki.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { atEnd, startData, until } from "./transport-kit.ts";

const SERVED: FileRegistry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, Buffer.from(FILE_DESCRIPTOR_SET_BASE64, "base64")),
);
const CALLS_AT_ONCE = 500;

/** Types of messages known only at run time go in and out as JSON. */
interface JsonClient {
  unary(method: string, request: JsonObject, options?: CallOptions): Promise<JsonValue>;
  stream(method: string, requests: JsonObject[], options?: CallOptions): AsyncGenerator<JsonValue>;
}

type Unary = (request: Message, options?: CallOptions) => Promise<Message>;
type Streaming = (request: Message | AsyncIterable<Message>, options?: CallOptions) => AsyncIterable<Message>;

function connectClient(url: string, serviceName: string, ca?: Buffer): JsonClient {
  const service: DescService | undefined = SERVED.getService(serviceName);
  if (service === undefined) throw new Error(`the descriptors have no ${serviceName}`);
  const sessionManager = new Http2SessionManager(url, {}, ca && { ca });
  atEnd(() => sessionManager.abort());
  const client = createClient(service, createGrpcTransport({ baseUrl: url, sessionManager }));
  const methodOf = (name: string) => {
    const method = service.method[name];
    if (method === undefined) throw new Error(`${serviceName} has no ${name}`);
    return method;
  };
  return {
    unary: async (name, request, options) => {
      const { input, output } = methodOf(name);
      const answer = await (client[name] as unknown as Unary)(fromJson(input, request), options);
      return toJson(output, answer);
    },
    stream: async function* (name, requests, options) {
      const { input, output, methodKind } = methodOf(name);
      const messages = requests.map((request) => fromJson(input, request));
      const sent =
        methodKind === "server_streaming"
          ? (messages[0] as Message)
          : (async function* () {
              yield* messages;
            })();
      for await (const answer of (client[name] as unknown as Streaming)(sent, options)) yield toJson(output, answer);
    },
  };
}

const trips = (drivers: readonly number[], feature = "driver_stats:trips"): JsonObject => ({
  features: { val: [feature] },
  entities: { driver_id: { val: drivers.map((driver) => ({ int64Val: driver })) } },
});

/** What the golden repository has for a driver: rows of 2024, past the view's ttl, which this service tells as Feast's Go server. */
const TRIPS_OF: Readonly<Record<number, readonly [value: JsonObject, status: string]>> = {
  1: [{ int64Val: "10" }, "OUTSIDE_MAX_AGE"],
  2: [{ int64Val: "20" }, "OUTSIDE_MAX_AGE"],
  3: [{}, "NOT_FOUND"],
};

async function refused(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ConnectError) return error;
    throw error;
  }
  throw new Error("the call was answered");
}

const { start } = useSidecars();
let pki: TestPki;
beforeAll(() => {
  pki = createTestPki();
});
afterAll(() => pki.remove());

describe.each(["http", "https"] as const)("connect-node over %s", (scheme) => {
  const clientOf = (target: string, service: string): JsonClient =>
    connectClient(`${scheme}://${target}`, service, scheme === "https" ? pki.read("ca", "pem") : undefined);
  const files = () => ({ certFile: pki.file("server", "pem"), keyFile: pki.file("server", "key") });
  const startFake = (serve?: Serve) =>
    startData({ transport: "lean", ...(scheme === "https" && { tls: files() }), ...(serve && { serve }) });
  const startReal = async (): Promise<JsonClient> => {
    const { certFile, keyFile } = files();
    const tls = scheme === "https" ? `, tls: {cert: ${certFile}, key: ${keyFile}}` : "";
    const sidecar = await start({ sidecar: `{transport: lean${tls}}` });
    return clientOf(sidecar.address, "feast.serving.ServingService");
  };

  it("gets the values, and Feast's sentence for what is wrong", async () => {
    const client = await startReal();
    const answer = await client.unary("getOnlineFeatures", trips([1, 2, 3]));
    expect(answer).toMatchObject({
      metadata: { featureNames: { val: ["driver_id", "trips"] } },
      results: [
        { values: [{ int64Val: "1" }, { int64Val: "2" }, { int64Val: "3" }] },
        { values: [1, 2, 3].map((id) => TRIPS_OF[id]?.[0]), statuses: [1, 2, 3].map((id) => TRIPS_OF[id]?.[1]) },
      ],
    });
    const error = await refused(client.unary("getOnlineFeatures", trips([1], "driver_stats:nothing")));
    expect([error.code, error.rawMessage]).toEqual([
      Code.InvalidArgument,
      expect.stringContaining("Feature nothing not found in projection driver_stats"),
    ]);
  });

  it(`has ${CALLS_AT_ONCE} calls at once, each with its own answer`, async () => {
    const client = await startReal();
    const drivers = Array.from({ length: CALLS_AT_ONCE }, (_, n) => [1 + (n % 3), 1 + (Math.floor(n / 3) % 3)]);
    const answers = await Promise.all(drivers.map((ids) => client.unary("getOnlineFeatures", trips(ids))));
    const seen = answers.map((answer) => (answer as { results: JsonObject[] }).results[1]);
    for (const [n, ids] of drivers.entries()) {
      expect(seen[n]).toMatchObject({
        values: ids.map((id) => TRIPS_OF[id]?.[0]),
        statuses: ids.map((id) => TRIPS_OF[id]?.[1]),
      });
    }
  });

  it("tells the code and the sentence of every error", async () => {
    const data = await startFake();
    const client = clientOf(data.target, "feast.serving.ServingService");
    const codes = {
      INVALID_ARGUMENT: Code.InvalidArgument,
      NOT_FOUND: Code.NotFound,
      FAILED_PRECONDITION: Code.FailedPrecondition,
      UNIMPLEMENTED: Code.Unimplemented,
      UNAVAILABLE: Code.Unavailable,
      DEADLINE_EXCEEDED: Code.DeadlineExceeded,
      RESOURCE_EXHAUSTED: Code.ResourceExhausted,
      CANCELLED: Code.Canceled,
      INTERNAL: Code.Internal,
    };
    for (const [name, code] of Object.entries(codes)) {
      const error = await refused(client.unary("getOnlineFeatures", trips([1], `error:${name}`)));
      expect([error.code, error.rawMessage]).toEqual([code, `said ${name}`]);
    }
  });

  it("reads a sentence beyond ASCII", async () => {
    const sentence = "100 % of 'Zürich' €\n🚕";
    const data = await startFake(async () => {
      throw new ServeError("NOT_FOUND", sentence);
    });
    const client = clientOf(data.target, "feast.serving.ServingService");
    const error = await refused(client.unary("getOnlineFeatures", trips([1])));
    expect([error.code, error.rawMessage]).toEqual([Code.NotFound, sentence]);
  });

  it("gives up at its deadline, and so does the server", async () => {
    const data = await startFake();
    const client = clientOf(data.target, "feast.serving.ServingService");
    const startMs = performance.now();
    const waiting = client.unary("getOnlineFeatures", trips([1], "wait:x"), { timeoutMs: 200 });
    expect((await refused(waiting)).code).toBe(Code.DeadlineExceeded);
    expect(performance.now() - startMs).toBeLessThan(2000);
    const deadlineMs = data.requests[0]?.call.deadlineMs ?? 0;
    expect(deadlineMs).toBeGreaterThan(startMs);
    expect(deadlineMs).toBeLessThan(startMs + 1000);
    await until(() => data.requests[0]?.call.cancelled === true, "the server's giving up");
  });

  it("takes a call back, and the connection goes on", async () => {
    const data = await startFake();
    const client = clientOf(data.target, "feast.serving.ServingService");
    const abort = new AbortController();
    const waiting = refused(client.unary("getOnlineFeatures", trips([1], "wait:x"), { signal: abort.signal }));
    await until(() => data.requests.length === 1, "the request");
    expect(data.requests[0]?.call.cancelled).toBe(false);
    abort.abort();
    expect((await waiting).code).toBe(Code.Canceled);
    await until(() => data.requests[0]?.call.cancelled === true, "the cancellation");
    expect(await client.unary("getFeastServingInfo", {})).toEqual({ version: "0.1.0" });
    expect(data.connections.opened).toBe(1);
  });

  it("watches health", async () => {
    const data = await startFake();
    const watch = clientOf(data.target, "grpc.health.v1.Health").stream("watch", [{}]);
    expect((await watch.next()).value).toEqual({ status: "SERVING" });
    data.readiness.ready = false;
    data.readiness.change();
    expect((await watch.next()).value).toEqual({ status: "NOT_SERVING" });
    await watch.return(undefined);
  });

  it("reflects the service, over a stream in both directions", async () => {
    const data = await startFake();
    const reflection = clientOf(data.target, "grpc.reflection.v1.ServerReflection");
    const asked = { fileContainingSymbol: "feast.serving.ServingService" };
    const answers: JsonValue[] = [];
    for await (const answer of reflection.stream("serverReflectionInfo", [asked, asked])) answers.push(answer);
    const [first, second] = answers as { fileDescriptorResponse: { fileDescriptorProto: string[] } }[];
    expect(second).toEqual(first);
    const protos: FileDescriptorProto[] = (first?.fileDescriptorResponse.fileDescriptorProto ?? []).map((text) =>
      fromBinary(FileDescriptorProtoSchema, Buffer.from(text, "base64")),
    );
    const byName = new Map(protos.map((proto) => [proto.name, proto]));
    const main = protos.find(({ service }) => service.some(({ name }) => name === "ServingService"));
    if (main === undefined) throw new Error("no file with the service");
    const reflected = createFileRegistry(main, (name) => byName.get(name)).getService("feast.serving.ServingService");
    expect(reflected?.methods.map(({ name }) => name)).toEqual(["GetFeastServingInfo", "GetOnlineFeatures"]);
  });
});
