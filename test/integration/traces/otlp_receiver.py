"""A receiver of traces (over gRPC and HTTP) and metrics (over gRPC) made of the official stubs: prints a JSON line for each span and metric."""

import base64
import json
import sys
import threading
from concurrent import futures
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


def value_of(any_value):
    return getattr(any_value, any_value.WhichOneof("value"))


def attributes_of(pairs):
    return {pair.key: value_of(pair.value) for pair in pairs}


class Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    tell(
                        kind="span",
                        service=attributes_of(resource.resource.attributes).get("service.name"),
                        name=span.name,
                        traceId=span.trace_id.hex(),
                        spanId=span.span_id.hex(),
                        parentSpanId=span.parent_span_id.hex(),
                        spanKind=span.kind,
                        startNs=span.start_time_unix_nano,
                        endNs=span.end_time_unix_nano,
                        status=span.status.code,
                        attributes=attributes_of(span.attributes),
                        links=[{"traceId": link.trace_id.hex(), "spanId": link.span_id.hex()} for link in span.links],
                        events=[{"name": event.name, "attributes": attributes_of(event.attributes)} for event in span.events],
                    )
        return trace_service_pb2.ExportTraceServiceResponse()


class OverHttp(BaseHTTPRequestHandler):
    """POST /v1/traces, in protobuf or JSON."""

    def do_POST(self):
        body = self.read_body()
        is_json = self.headers["content-type"] == "application/json"
        request = trace_service_pb2.ExportTraceServiceRequest()
        if is_json:
            # OTLP's ids are hex where protobuf's JSON has base64.
            json_format.Parse(json.dumps(json.loads(body, object_hook=with_base64_ids)), request)
        else:
            request.ParseFromString(body)
        Traces().Export(request, None)
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.send_header("content-length", "0")
        self.end_headers()

    def read_body(self):
        if "content-length" in self.headers:
            return self.rfile.read(int(self.headers["content-length"]))
        body = b""
        while (size := int(self.rfile.readline(), 16)) > 0:
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_):
        pass


def with_base64_ids(fields):
    for name in ("traceId", "spanId", "parentSpanId"):
        if name in fields:
            fields[name] = base64.b64encode(bytes.fromhex(fields[name])).decode()
    return fields


class Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):
    def Export(self, request, context):
        for resource in request.resource_metrics:
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    data = getattr(metric, metric.WhichOneof("data"))
                    points = [
                        {
                            "attributes": attributes_of(point.attributes),
                            "value": getattr(point, "count", None) if metric.HasField("histogram") else point.as_double or point.as_int,
                            "buckets": list(point.bucket_counts) if metric.HasField("histogram") else None,
                        }
                        for point in data.data_points
                    ]
                    tell(kind="metric", name=metric.name, type=metric.WhichOneof("data"), points=points)
        return metrics_service_pb2.ExportMetricsServiceResponse()


one_at_a_time = threading.Lock()


def tell(**line):
    with one_at_a_time:
        print(json.dumps(line), flush=True)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Traces(), server)
metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Metrics(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
over_http = ThreadingHTTPServer(("127.0.0.1", 0), OverHttp)
threading.Thread(target=over_http.serve_forever, daemon=True).start()
tell(kind="listening", port=port, httpPort=over_http.server_port)
sys.stdin.read()
server.stop(None)
