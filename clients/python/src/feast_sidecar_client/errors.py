"""Why a call got no answer, by what a caller can do about it. The gRPC error is the `__cause__`."""

from typing import Protocol

import grpc

_PUSHBACK = "grpc-retry-pushback-ms"


class SidecarError(Exception):
    """
    A call that failed. The subclasses are what callers tell apart. This one itself: CANCELLED when the client was closed with the
    call in flight; OUT_OF_RANGE when the answer holds a time that no datetime holds; any other code (INTERNAL …) is a fault to look
    into.
    """

    def __init__(self, code: str, details: str, pushback_ms: int | None = None) -> None:
        super().__init__(f"{code}: {details}")
        self.code = code
        """Name of the gRPC status code."""
        self.details = details
        """The server's sentence, or gRPC's own."""
        self.pushback_ms = pushback_ms
        """How long the server asks to wait before a retry; None = it does not say, or a retry cannot help."""

    def __reduce__(self) -> tuple[object, ...]:
        # Not Exception's: that one calls the class with the sentence alone. For process pools; the `__cause__` stays behind, as ever.
        return type(self), (self.code, self.details, self.pushback_ms)


class DeadlineExceededError(SidecarError):
    """The time was up before the answer was there."""


class UnavailableError(SidecarError):
    """No sidecar, none that is ready, or its store is out of reach."""


class OverloadedError(SidecarError):
    """Turned away at once, because the call could not have been answered in time. `pushback_ms` says when to come back."""


class BadRequestError(SidecarError):
    """The question cannot be answered as it is: a view that is not there, a missing key, too many rows."""


class _RpcFailure(Protocol):
    """What `grpc.RpcError` of a call and `grpc.aio.AioRpcError` have in common."""

    def code(self) -> grpc.StatusCode: ...
    def details(self) -> str | None: ...
    def trailing_metadata(self) -> object: ...


_CLASSES: dict[str, type[SidecarError]] = {
    "DEADLINE_EXCEEDED": DeadlineExceededError,
    "UNAVAILABLE": UnavailableError,
    "INVALID_ARGUMENT": BadRequestError,
    "NOT_FOUND": BadRequestError,
    "FAILED_PRECONDITION": BadRequestError,
    "UNIMPLEMENTED": BadRequestError,
}


def from_rpc_failure(failure: _RpcFailure) -> SidecarError:
    """The error to raise, `from` the failure."""
    code, details = failure.code().name, failure.details() or ""
    pushback_ms = _pushback_ms(failure.trailing_metadata())
    if code == "RESOURCE_EXHAUSTED":
        # With a time to come back the server had too much to do; without, the message is larger than any server takes.
        error = BadRequestError if pushback_ms is None else OverloadedError
        return error(code, details, pushback_ms)
    return _CLASSES.get(code, SidecarError)(code, details, pushback_ms)


def _pushback_ms(trailers: object) -> int | None:
    if trailers is None:
        return None
    for name, value in trailers:  # type: ignore[attr-defined]  # a tuple of pairs, or grpc.aio.Metadata
        # A negative number says: do not retry.
        if name == _PUSHBACK and str(value).isdecimal():
            return int(value)
    return None
