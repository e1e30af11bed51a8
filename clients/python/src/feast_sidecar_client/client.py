"""The client for threads."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType

import grpc

from feast_sidecar_client._proto.feast.serving.ServingService_pb2 import (
    GetOnlineFeaturesRequest,
    GetOnlineFeaturesResponse,
)
from feast_sidecar_client.channel import CHANNEL_OPTIONS, CONNECT_TIMEOUT_MS, METHOD, not_connected, not_ready
from feast_sidecar_client.duration import to_deadline_s, to_seconds
from feast_sidecar_client.errors import UnavailableError, from_rpc_failure
from feast_sidecar_client.metadata import Priority, build_metadata
from feast_sidecar_client.online_features import OnlineFeatures, read_answer
from feast_sidecar_client.request import EntityRows, build_request

# Hundreds of times what that takes on an idle machine.
_WATCHED_AFTER_S = 0.05


class SidecarClient:
    """One channel to one sidecar; any number of threads may call at once."""

    def __init__(
        self,
        target: str = "127.0.0.1:6566",
        *,
        timeout_ms: float | None = None,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        """
        Args:
            target: `host:port` or `unix:PATH`.
            timeout_ms: of each call that names none, up to a year; None = no deadline.
            credentials: for a sidecar with `sidecar.tls`; None = cleartext.

        Raises:
            ValueError: for a timeout that is below 0, NaN, infinite or more than a year.
        """
        self._target = target
        self._timeout_s = to_deadline_s(timeout_ms)
        self._credentials = credentials
        self._channel: grpc.Channel | None = None
        self._call: grpc.UnaryUnaryMultiCallable[GetOnlineFeaturesRequest, GetOnlineFeaturesResponse] | None = None

    def connect(self, timeout_ms: float = CONNECT_TIMEOUT_MS) -> None:
        """
        Opens the channel and waits until it is ready, so that no call pays for it.

        Raises:
            UnavailableError: when nobody answers at the target in that time. Nothing is left open then.
            ValueError: for a time that is none.
        """
        timeout_s = to_seconds(timeout_ms, "timeout_ms")
        self.close()
        if self._credentials is None:
            channel = grpc.insecure_channel(self._target, options=CHANNEL_OPTIONS)
        else:
            channel = grpc.secure_channel(self._target, self._credentials, options=CHANNEL_OPTIONS)
        opened_s = time.monotonic()
        try:
            grpc.channel_ready_future(channel).result(timeout=timeout_s)
        except grpc.FutureTimeoutError as error:
            # gRPC's thread that watches the channel prints a traceback when it comes too late to see it open.
            time.sleep(max(0.0, opened_s + _WATCHED_AFTER_S - time.monotonic()))
            channel.close()
            raise UnavailableError("UNAVAILABLE", not_ready(self._target, timeout_ms)) from error
        self._channel = channel
        self._call = channel.unary_unary(
            METHOD,
            request_serializer=GetOnlineFeaturesRequest.SerializeToString,
            response_deserializer=GetOnlineFeaturesResponse.FromString,
        )

    def close(self) -> None:
        """Ends calls in flight. May be called twice; connect() opens it again."""
        if self._channel is not None:
            self._channel.close()
        self._channel = self._call = None

    def __enter__(self) -> "SidecarClient":
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def get_online_features(
        self,
        features: Sequence[str] | None = None,
        entity_rows: EntityRows = (),
        full_feature_names: bool = False,
        *,
        service: str | None = None,
        timeout_ms: float | None = None,
        traceparent: str | None = None,
        priority: Priority | None = None,
        metadata: Mapping[str, str | bytes] | None = None,
    ) -> OnlineFeatures:
        """
        Asks for features of rows.

        Args:
            features: references `view:feature`; or else `service`.
            entity_rows: rows or columns of join keys. A plain int is an INT64, see `Int32`.
            full_feature_names: names the answer's columns `view__feature`.
            service: name of a feature service.
            timeout_ms: the call's deadline, up to a year; None = the client's.
            traceparent: W3C trace context to go on with.
            priority: `live` when None.
            metadata: further gRPC metadata, as OpenTelemetry's `inject` fills it: printable ASCII, bytes for keys that end with `-bin`.

        Raises:
            SidecarError: its subclasses say why there is no answer.
            ValueError, TypeError: the arguments make no request; nothing was sent.
        """
        if self._call is None:
            raise not_connected("SidecarClient")
        request, asked = build_request(features, service, entity_rows, full_feature_names)
        timeout_s = self._timeout_s if timeout_ms is None else to_deadline_s(timeout_ms)
        try:
            response, call = self._call.with_call(
                request,
                timeout=timeout_s,
                metadata=build_metadata(traceparent, priority, metadata),
            )
        except grpc.RpcError as error:
            raise from_rpc_failure(error) from error
        return read_answer(response, call.trailing_metadata(), asked)
