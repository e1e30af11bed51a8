"""How the two clients open their channel."""

from collections.abc import Sequence

METHOD = "/feast.serving.ServingService/GetOnlineFeatures"
CONNECT_TIMEOUT_MS = 5000

CHANNEL_OPTIONS: Sequence[tuple[str, int]] = (
    # A retry costs what the deadline has left; whether to retry is the caller's decision.
    ("grpc.enable_retries", 0),
    # The sidecar is next door, whatever http_proxy says.
    ("grpc.enable_http_proxy", 0),
    # The sidecar has the limit (limits.max_response_bytes).
    ("grpc.max_receive_message_length", -1),
    # A sidecar that restarts is back within a second; gRPC would wait up to two minutes. An attempt next door costs next to nothing.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 100),
    # How long one attempt may take, whatever the name says: longer than the pause between two, for TLS on a busy node.
    ("grpc.min_reconnect_backoff_ms", 1000),
)


def not_ready(target: str, timeout_ms: float) -> str:
    return f"no connection to {target} within {timeout_ms:g} ms"


def not_connected(client: str) -> RuntimeError:
    return RuntimeError(f"{client} is not connected: call connect() first, or use it in a with statement")
