"""What the service is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

OnLate = Literal["score", "refuse"]


@dataclass(frozen=True)
class Settings:
    target: str
    """CHURN_FEATURES_TARGET: the sidecar, `host:port` or `unix:PATH`."""
    timeout_ms: float
    """CHURN_FEATURES_TIMEOUT_MS: the deadline of a feature lookup."""
    connect_timeout_ms: float
    """CHURN_CONNECT_TIMEOUT_MS: how long the start waits for the sidecar before it fails."""
    on_late: OnLate
    """
    CHURN_ON_LATE: what becomes of a prediction whose features were not read in time. `score`: predict with what there is, stale
    features, defaults, or none of them, and say so. `refuse`: 503.
    """

    @staticmethod
    def read(environment: Mapping[str, str]) -> "Settings":
        """
        Raises:
            ValueError: with the variable, its value and what was expected.
        """
        on_late = environment.get("CHURN_ON_LATE", "score")
        if on_late not in ("score", "refuse"):
            raise ValueError(f"CHURN_ON_LATE is {on_late!r}, expected score or refuse")
        return Settings(
            target=environment.get("CHURN_FEATURES_TARGET", "127.0.0.1:6566"),
            timeout_ms=_milliseconds(environment, "CHURN_FEATURES_TIMEOUT_MS", 10),
            connect_timeout_ms=_milliseconds(environment, "CHURN_CONNECT_TIMEOUT_MS", 10_000),
            on_late=cast(OnLate, on_late),
        )


def tracing(environment: Mapping[str, str]) -> dict[str, object]:
    """
    BentoML's `tracing` option: spans go where OTEL_EXPORTER_OTLP_ENDPOINT says (gRPC), of CHURN_TRACE_RATIO of the requests (default 0.01)
    and of those whose caller sampled them. Empty without that variable: BentoML makes no spans then.
    """
    endpoint = environment.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    if endpoint == "":
        return {}
    ratio = float(environment.get("CHURN_TRACE_RATIO", "0.01"))
    return {"exporter_type": "otlp", "sample_rate": ratio, "otlp": {"protocol": "grpc", "endpoint": endpoint}}


def _milliseconds(environment: Mapping[str, str], name: str, default: float) -> float:
    text = environment.get(name)
    try:
        value = default if text is None else float(text)
    except ValueError:
        value = 0
    # Also false for NaN.
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} is {text!r}, expected milliseconds above 0")
    return value
