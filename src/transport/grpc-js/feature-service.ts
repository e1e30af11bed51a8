/**
 * The two services by which Feast answers features over gRPC: `feast.serving.ServingService` (its Go server) and the
 * package-less `GrpcFeatureServer` (feast/infra/contrib/grpc_server.py).
 */
import {
  type handleUnaryCall,
  Metadata,
  type Server,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from "@grpc/grpc-js";
import { ServeError } from "../../model/serve-error.ts";
import type { Surface } from "../../model/surface.ts";
import type { Recorder, RequestOutcome } from "../../telemetry/recorder.ts";
import { parseTimeoutMs, TIMEOUT_HEADER, TransportCall } from "../call-context.ts";
import type { Clock } from "../clock.ts";
import { decodeRequest } from "../decode-request.ts";
import { addPushback, toGrpcStatus } from "../grpc-status.ts";
import type { ServeFeatures } from "../serve-function.ts";
import { rawMethod } from "./raw-method.ts";

export interface FeatureServiceOptions {
  readonly serve: ServeFeatures;
  /** Answer of GetFeastServingInfo. */
  readonly version: string;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** An exception that is no ServeError. */
  readonly onUnexpectedError: (error: unknown) => void;
}

export const FEATURE_SERVICE_NAMES = ["feast.serving.ServingService", "GrpcFeatureServer"];

const INTERNAL_MESSAGE = "Internal error of feast-sidecar; its log has the details";
const WRITE_HINT =
  "feast-sidecar only reads features: write with Feast's own server (`feast listen`, `feast serve`) or the Python SDK (FeatureStore.push, write_to_online_store)";

type RawHandler = handleUnaryCall<Buffer, Buffer>;

export function addFeatureServices(server: Server, options: FeatureServiceOptions): void {
  const info = encodeVersion(options.version);
  server.addService(
    {
      GetFeastServingInfo: rawMethod("/feast.serving.ServingService/GetFeastServingInfo"),
      GetOnlineFeatures: rawMethod("/feast.serving.ServingService/GetOnlineFeatures"),
    },
    {
      GetFeastServingInfo: ((_call, callback) => callback(null, info)) satisfies RawHandler,
      GetOnlineFeatures: featuresHandler("serving_service", options),
    },
  );
  const unserved: RawHandler = (_call, callback) =>
    callback({ code: status.UNIMPLEMENTED, details: WRITE_HINT, metadata: new Metadata() });
  server.addService(
    {
      Push: rawMethod("/GrpcFeatureServer/Push"),
      WriteToOnlineStore: rawMethod("/GrpcFeatureServer/WriteToOnlineStore"),
      GetOnlineFeatures: rawMethod("/GrpcFeatureServer/GetOnlineFeatures"),
    },
    {
      Push: unserved,
      WriteToOnlineStore: unserved,
      GetOnlineFeatures: featuresHandler("grpc_feature_server", options),
    },
  );
}

function featuresHandler(surface: Surface, options: FeatureServiceOptions): RawHandler {
  const { recorder, clock } = options;
  return (call, callback) => {
    const startMs = recorder.enabled ? clock.nowMs() : 0;
    const finish = (outcome: RequestOutcome): void => {
      if (recorder.enabled) recorder.requestDone(surface, outcome, (clock.nowMs() - startMs) / 1000);
    };
    answer(surface, options, call).then(
      (bytes) => {
        callback(null, bytes);
        finish("OK");
      },
      (error: unknown) => finish(refuse(error, options, callback)),
    );
  };
}

async function answer(
  surface: Surface,
  options: FeatureServiceOptions,
  call: ServerUnaryCall<Buffer, Buffer>,
): Promise<Buffer> {
  const context = new TransportCall(deadlineOf(call, options.clock));
  call.on("cancelled", () => context.abort());
  const bytes = await options.serve(decodeRequest(call.request, surface), context);
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The smaller of grpc-timeout and our own header, on the monotonic clock. */
function deadlineOf(call: ServerUnaryCall<Buffer, Buffer>, clock: Clock): number {
  const given = call.metadata.get(TIMEOUT_HEADER);
  const timeoutMs = given.length === 0 ? Number.POSITIVE_INFINITY : parseTimeoutMs(given.map(String).join(", "));
  const deadlineEpochMs = Number(call.getDeadline());
  const grpcMs = deadlineEpochMs === Number.POSITIVE_INFINITY ? deadlineEpochMs : deadlineEpochMs - clock.epochMs();
  const leftMs = Math.min(timeoutMs, grpcMs);
  return leftMs === Number.POSITIVE_INFINITY ? leftMs : clock.nowMs() + leftMs;
}

function refuse(error: unknown, options: FeatureServiceOptions, callback: sendUnaryData<Buffer>): RequestOutcome {
  let known: ServeError;
  if (error instanceof ServeError) known = error;
  else {
    options.onUnexpectedError(error);
    known = new ServeError("INTERNAL", INTERNAL_MESSAGE, { cause: error });
  }
  const grpcStatus = toGrpcStatus(known, options.random);
  callback({
    code: grpcStatus.code,
    details: grpcStatus.details,
    metadata: addPushback(new Metadata(), grpcStatus),
  });
  return known.code;
}

/** GetFeastServingInfoResponse {1 version}. */
function encodeVersion(version: string): Buffer {
  const text = Buffer.from(version);
  if (text.length > 127) throw new RangeError(`version '${version}' is longer than 127 bytes`);
  return Buffer.concat([Buffer.of(0x0a, text.length), text]);
}
