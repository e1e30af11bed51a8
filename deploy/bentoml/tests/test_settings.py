"""The service's environment."""

import pytest
from settings import Settings, tracing


def test_defaults() -> None:
    assert Settings.read({}) == Settings("127.0.0.1:6566", 10, 10_000, "score")


def test_everything_can_be_told() -> None:
    told = {
        "CHURN_FEATURES_TARGET": "unix:/run/features/sidecar.sock",
        "CHURN_FEATURES_TIMEOUT_MS": "7.5",
        "CHURN_CONNECT_TIMEOUT_MS": "500",
        "CHURN_ON_LATE": "refuse",
    }
    assert Settings.read(told) == Settings("unix:/run/features/sidecar.sock", 7.5, 500, "refuse")


@pytest.mark.parametrize("text", ["", "10ms", "0", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=f"CHURN_FEATURES_TIMEOUT_MS is '{text}', expected milliseconds above 0"):
        Settings.read({"CHURN_FEATURES_TIMEOUT_MS": text})


def test_a_policy_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="CHURN_ON_LATE is 'stale', expected score or refuse"):
        Settings.read({"CHURN_ON_LATE": "stale"})


def test_traces_go_where_the_standard_variable_says_and_nowhere_without_it() -> None:
    assert tracing({}) == {}
    assert tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}) == {}
    told = tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317", "CHURN_TRACE_RATIO": "0.5"})
    endpoint = {"protocol": "grpc", "endpoint": "http://collector:4317"}
    assert told == {"exporter_type": "otlp", "sample_rate": 0.5, "otlp": endpoint}
