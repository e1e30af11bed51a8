"""The service's environment."""

import pytest
from settings import Settings


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
