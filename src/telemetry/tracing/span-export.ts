/**
 * Ready spans to the receiver, by the SDK's exporters: endpoint, headers, certificates, compression, timeouts and repetitions are theirs, from
 * the standard variables. Only what they serialize is serialized already.
 */
import type { IOtlpExportDelegate } from "@opentelemetry/otlp-exporter-base";
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from "@opentelemetry/otlp-exporter-base/node-http";
import { convertLegacyOtlpGrpcOptions, createOtlpGrpcExportDelegate } from "@opentelemetry/otlp-grpc-exporter-base";
import {
  type IExportTraceServiceResponse,
  type ISerializer,
  JsonTraceSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import type { OtlpProtocol } from "../../model/otel-settings.ts";
import type { SpanExport, SpanRejection } from "./span-queue.ts";
import type { SpanBatch } from "./span-writer.ts";

const SIGNAL = "TRACES";
const HTTP_PATH = "v1/traces";
const GRPC_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const COUNTED = { name: "span", countItems: ({ spans }: SpanBatch) => spans } as const;

const NOTHING: SpanRejection = { spans: 0, reason: "" };

/** @throws Error with the exporter's words for variables that it cannot use */
export function openSpanExport(protocol: OtlpProtocol): SpanExport {
  const { deserializeResponse } = protocol === "http/json" ? JsonTraceSerializer : ProtobufTraceSerializer;
  /** Of the batch under way, of which there is one at a time. */
  let rejected: SpanRejection = NOTHING;
  const delegate = openDelegate(protocol, {
    serializeRequest: ({ request }) => request,
    deserializeResponse: (bytes) => {
      const response = deserializeResponse(bytes);
      const { rejectedSpans = 0, errorMessage = "" } = response.partialSuccess ?? {};
      rejected = { spans: Number(rejectedSpans), reason: errorMessage };
      return response;
    },
  });
  return {
    export: (batch, done) => {
      rejected = NOTHING;
      delegate.export(batch, (result) => done({ ...result, rejected }));
    },
    shutdown: () => delegate.shutdown(),
  };
}

function openDelegate(
  protocol: OtlpProtocol,
  serializer: ISerializer<SpanBatch, IExportTraceServiceResponse>,
): IOtlpExportDelegate<SpanBatch> {
  if (protocol === "grpc") {
    const options = convertLegacyOtlpGrpcOptions({}, SIGNAL);
    const component = "otlp_grpc_span_exporter";
    return createOtlpGrpcExportDelegate(
      options,
      serializer,
      component,
      COUNTED,
      undefined,
      "TraceExportService",
      GRPC_METHOD,
    );
  }
  const type = protocol === "http/json" ? "application/json" : "application/x-protobuf";
  const options = convertLegacyHttpOptions({}, SIGNAL, HTTP_PATH, { "Content-Type": type });
  return createOtlpHttpExportDelegate(options, serializer, "otlp_http_span_exporter", COUNTED, undefined);
}
