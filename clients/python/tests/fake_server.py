"""A gRPC server that answers one scripted thing and keeps what it was asked: for what a healthy sidecar does not do on request."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from feast_sidecar_client._proto.feast.serving.ServingService_pb2 import (
    FieldStatus,
    GetOnlineFeaturesRequest,
    GetOnlineFeaturesResponse,
)
from feast_sidecar_client._proto.feast.types.Value_pb2 import Value

Cell = tuple[float | None, str, int]
"""Value, name of the status, event time in seconds."""


@dataclass
class Script:
    columns: dict[str, Sequence[Cell]] = field(default_factory=dict)
    trailers: Sequence[tuple[str, str]] = ()
    code: grpc.StatusCode = grpc.StatusCode.OK
    details: str = ""
    delay_ms: float = 0


@dataclass
class FakeServer:
    address: str
    script: Script
    requests: list[GetOnlineFeaturesRequest] = field(default_factory=list)
    metadata: list[dict[str, str]] = field(default_factory=list)
    left_ms: list[float | None] = field(default_factory=list)
    """Of the deadline, when the call came in."""


def _answer(columns: dict[str, Sequence[Cell]]) -> GetOnlineFeaturesResponse:
    response = GetOnlineFeaturesResponse()
    for name, cells in columns.items():
        response.metadata.feature_names.val.append(name)
        vector = response.results.add()
        for value, status, event_time_s in cells:
            vector.values.append(Value() if value is None else Value(double_val=value))
            vector.statuses.append(FieldStatus.Value(status))
            vector.event_timestamps.add(seconds=event_time_s)
    return response


@contextmanager
def fake_server(script: Script) -> Iterator[FakeServer]:
    fake = FakeServer("", script)

    def handle(request: GetOnlineFeaturesRequest, context: grpc.ServicerContext) -> GetOnlineFeaturesResponse:
        left_s = context.time_remaining()
        fake.requests.append(request)
        fake.metadata.append({name: str(value) for name, value in context.invocation_metadata()})
        # Without a deadline gRPC says "some centuries".
        fake.left_ms.append(None if left_s is None or left_s > 1e6 else left_s * 1000)
        time.sleep(fake.script.delay_ms / 1000)
        context.set_trailing_metadata(tuple(fake.script.trailers))
        if fake.script.code is not grpc.StatusCode.OK:
            context.abort(fake.script.code, fake.script.details)
        return _answer(fake.script.columns)

    server = grpc.server(ThreadPoolExecutor(4))
    method = grpc.unary_unary_rpc_method_handler(
        handle,
        request_deserializer=GetOnlineFeaturesRequest.FromString,
        response_serializer=GetOnlineFeaturesResponse.SerializeToString,
    )
    handlers = {"GetOnlineFeatures": method}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("feast.serving.ServingService", handlers),))
    fake.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield fake
    finally:
        server.stop(grace=None).wait()
