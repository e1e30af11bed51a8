"""The client for asyncio."""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType

import grpc
import grpc.aio

from feast_sidecar_client._proto.feast.serving.ServingService_pb2 import (
    GetOnlineFeaturesRequest,
    GetOnlineFeaturesResponse,
)
from feast_sidecar_client.channel import CHANNEL_OPTIONS, CONNECT_TIMEOUT_MS, METHOD, not_connected, not_ready
from feast_sidecar_client.duration import to_deadline_s, to_seconds
from feast_sidecar_client.errors import SidecarError, UnavailableError, from_rpc_failure
from feast_sidecar_client.metadata import Priority, build_metadata
from feast_sidecar_client.online_features import OnlineFeatures, read_answer
from feast_sidecar_client.request import EntityRows, build_request


class AsyncSidecarClient:
    """One channel to one sidecar, bound to the event loop that connects it."""

    def __init__(
        self,
        target: str = "127.0.0.1:6566",
        *,
        timeout_ms: float | None = None,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        """Arguments as of `SidecarClient`."""
        self._target = target
        self._timeout_s = to_deadline_s(timeout_ms)
        self._credentials = credentials
        self._channel: grpc.aio.Channel | None = None
        self._call: grpc.aio.UnaryUnaryMultiCallable[GetOnlineFeaturesRequest, GetOnlineFeaturesResponse] | None = None

    async def connect(self, timeout_ms: float = CONNECT_TIMEOUT_MS) -> None:
        """
        Opens the channel and waits until it is ready: opened within the first call it would take that call's deadline.

        Raises:
            UnavailableError: when nobody answers at the target in that time. Nothing is left open then.
            ValueError: for a time that is none.
        """
        timeout_s = to_seconds(timeout_ms, "timeout_ms")
        await self.close()
        # Made here and not in the constructor: a channel belongs to the running loop.
        if self._credentials is None:
            channel = grpc.aio.insecure_channel(self._target, options=CHANNEL_OPTIONS)
        else:
            channel = grpc.aio.secure_channel(self._target, self._credentials, options=CHANNEL_OPTIONS)
        try:
            await asyncio.wait_for(channel.channel_ready(), timeout_s)
        except BaseException as error:
            await channel.close()
            if not isinstance(error, asyncio.TimeoutError):
                raise
            raise UnavailableError("UNAVAILABLE", not_ready(self._target, timeout_ms)) from error
        self._channel = channel
        self._call = channel.unary_unary(
            METHOD,
            request_serializer=GetOnlineFeaturesRequest.SerializeToString,
            response_deserializer=GetOnlineFeaturesResponse.FromString,
        )

    async def close(self, grace_ms: float = 0) -> None:
        """
        Waits so long for calls in flight, then ends them: they raise SidecarError with the code CANCELLED. May be called twice;
        connect() opens it again.
        """
        grace_s = to_seconds(grace_ms, "grace_ms")
        channel = self._channel
        # Before the wait, not after it: a call that begins meanwhile is told that the client is not connected.
        self._channel = self._call = None
        if channel is not None:
            await channel.close(grace=grace_s)

    async def __aenter__(self) -> "AsyncSidecarClient":
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def get_online_features(
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
        Asks for features of rows; arguments, answer and errors as of `SidecarClient.get_online_features`.

        Raises:
            asyncio.CancelledError: the task was cancelled. On Python 3.10, where a task does not say so, also when the client was
                closed with the call in flight, which is SidecarError (CANCELLED) on newer ones.
        """
        if self._call is None:
            raise not_connected("AsyncSidecarClient")
        request, asked = build_request(features, service, entity_rows, full_feature_names)
        timeout_s = self._timeout_s if timeout_ms is None else to_deadline_s(timeout_ms)
        call = self._call(
            request,
            timeout=timeout_s,
            metadata=build_metadata(traceparent, priority, metadata),
        )
        try:
            response = await call
        except grpc.aio.AioRpcError as error:
            raise from_rpc_failure(error) from error
        except asyncio.CancelledError as error:
            # gRPC raises the same when the channel was closed under the call, in a task that nobody cancelled.
            if _is_task_cancelled():
                raise
            raise SidecarError("CANCELLED", "the client was closed with the call in flight") from error
        return read_answer(response, await call.trailing_metadata(), asked)


def _is_task_cancelled() -> bool:
    """True also where nobody can tell (Python 3.10): a cancellation that gets lost is worse than one too many."""
    cancelling = getattr(asyncio.current_task(), "cancelling", None)
    return cancelling is None or cancelling() > 0
