"""A client whose call is part of a trace, made by OpenTelemetry's own SDK: argv = address, request in hex, `header` or `binary`."""

import json
import sys

import grpc
from opentelemetry import trace
from opentelemetry.propagate import inject
from opentelemetry.sdk.trace import TracerProvider

address, request, form = sys.argv[1:]
tracer = TracerProvider().get_tracer("client")
METHOD = "/feast.serving.ServingService/GetOnlineFeatures"

with grpc.insecure_channel(address) as channel, tracer.start_as_current_span("predict") as span:
    context = span.get_span_context()
    if form == "header":
        carrier = {}
        inject(carrier)
        metadata = list(carrier.items())
    else:
        ids = context.trace_id.to_bytes(16, "big"), context.span_id.to_bytes(8, "big")
        binary = bytes([0, 0]) + ids[0] + bytes([1]) + ids[1] + bytes([2, context.trace_flags])
        metadata = [("grpc-trace-bin", binary)]
    answer = channel.unary_unary(METHOD)(bytes.fromhex(request), metadata=metadata, timeout=10)
    print(json.dumps({"traceId": f"{context.trace_id:032x}", "spanId": f"{context.span_id:016x}", "bytes": len(answer)}))
