/** Test clients that show an answer as it came over the wire, for Feast's servers and for the sidecar alike. */

import { resolve } from "node:path";
import {
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceDefinition,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { projectRoot } from "./project-root.ts";

const TIMEOUT_MS = 30_000;

export interface HttpAnswer {
  readonly status: number;
  readonly rawBody: string;
  readonly contentType: string | null;
  /** The parsed body, undefined when it is not JSON. Integers beyond 2^53 are only exact in `rawBody`. */
  readonly json: unknown;
}

/**
 * Posts JSON and reads the whole answer.
 * @param body text is sent as it is (so that integers beyond 2^53 and malformed JSON can be sent), anything else as JSON
 */
export async function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
  const answer = await fetch(url, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const rawBody = await answer.text();
  return { status: answer.status, rawBody, contentType: answer.headers.get("content-type"), json: parseJson(rawBody) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type ServicePath = "GrpcFeatureServer" | "feast.serving.ServingService";

/** As @grpc/proto-loader takes it: `{features: {val: […]}, entities: {driver_id: {val: [{int64_val: "1"}]}}}`. */
export type GrpcRequest = Readonly<Record<string, unknown>>;

export interface GrpcAnswer {
  /** gRPC status code, 0 = OK. */
  readonly code: number;
  readonly details: string;
  /** The response message's bytes; undefined unless OK. */
  readonly rawBody: Buffer | undefined;
  /** The decoded message: names as in the .proto, int64 as text, enums as names, oneof cases under their oneof's name. */
  readonly response: GrpcResponse | undefined;
  /** Trailing metadata of a failed call. */
  readonly trailers: Metadata;
}

export interface GrpcResponse {
  readonly metadata: {
    readonly feature_names: { readonly val: readonly string[] } | null;
    readonly feature_view_metadata: readonly { readonly name: string; readonly version: number }[];
  } | null;
  readonly results: readonly {
    readonly values: readonly Readonly<Record<string, unknown>>[];
    readonly statuses: readonly string[];
    readonly event_timestamps: readonly { readonly seconds: string; readonly nanos: number }[];
  }[];
  readonly status: boolean;
}

const loaded = loadSync(["feast/serving/GrpcServer.proto", "feast/serving/ServingService.proto"], {
  includeDirs: [resolve(projectRoot, "proto")],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});

/** Bytes of a request message; for the golden files, and for calls with hand-made bytes. */
export function encodeRequest(request: GrpcRequest): Buffer {
  return methodOf("feast.serving.ServingService").requestSerialize(request);
}

/** Decodes the bytes of a GetOnlineFeaturesResponse. */
export function decodeResponse(bytes: Buffer): GrpcResponse {
  return methodOf("feast.serving.ServingService").responseDeserialize(bytes) as GrpcResponse;
}

/**
 * Calls GetOnlineFeatures; a failed call is an answer too, never a rejection.
 * @param address `host:port` or `unix:PATH`
 * @param request an object, or the bytes of the message as they shall be sent
 */
export function grpcGetOnlineFeatures(
  address: string,
  path: ServicePath,
  request: GrpcRequest | Buffer,
  metadata: Metadata = new Metadata(),
): Promise<GrpcAnswer> {
  const Client = makeGenericClientConstructor({}, path);
  const client = new Client(address, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  return new Promise((done) => {
    client.makeUnaryRequest(
      `/${path}/GetOnlineFeatures`,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      Buffer.isBuffer(request) ? request : encodeRequest(request),
      metadata,
      { deadline: Date.now() + TIMEOUT_MS },
      (error: ServiceError | null, bytes?: Buffer) => {
        client.close();
        done({
          code: error?.code ?? 0,
          details: error?.details ?? "",
          rawBody: bytes,
          response: bytes === undefined ? undefined : decodeResponse(bytes),
          trailers: error?.metadata ?? new Metadata(),
        });
      },
    );
  });
}

function methodOf(path: ServicePath) {
  const method = (loaded[path] as ServiceDefinition)["GetOnlineFeatures"];
  if (method === undefined) throw new Error(`proto/ has no method ${path}.GetOnlineFeatures`);
  return method;
}
