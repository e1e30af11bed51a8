/**
 * Ready spans to the receiver, by the SDK's exporters: endpoint, headers, certificates, compression, timeouts and repetitions are theirs, from
 * the standard variables. Only what they serialize is serialized already.
 */
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from "@opentelemetry/otlp-exporter-base/node-http";
import { convertLegacyOtlpGrpcOptions, createOtlpGrpcExportDelegate } from "@opentelemetry/otlp-grpc-exporter-base";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { OtlpProtocol } from "../../model/otel-settings.ts";
import type { SpanExport } from "./span-queue.ts";
import type { SpanBatch } from "./span-writer.ts";

const SIGNAL = "TRACES";
const HTTP_PATH = "v1/traces";
const GRPC_SERVICE = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const COUNTED = { name: "span", countItems: ({ spans }: SpanBatch) => spans } as const;

/** @throws Error with the exporter's words for variables that it cannot use */
export function openSpanExport(protocol: OtlpProtocol): SpanExport {
  const { deserializeResponse } = protocol === "http/json" ? JsonTraceSerializer : ProtobufTraceSerializer;
  const serializer = { serializeRequest: ({ request }: SpanBatch) => request, deserializeResponse };
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
      GRPC_SERVICE,
    );
  }
  const type = protocol === "http/json" ? "application/json" : "application/x-protobuf";
  const options = convertLegacyHttpOptions({}, SIGNAL, HTTP_PATH, { "Content-Type": type });
  return createOtlpHttpExportDelegate(options, serializer, "otlp_http_span_exporter", COUNTED, undefined);
}
