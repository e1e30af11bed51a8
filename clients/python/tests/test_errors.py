"""The errors as objects."""

import copy
import pickle

import pytest
from feast_sidecar_client import (
    BadRequestError,
    DeadlineExceededError,
    OverloadedError,
    SidecarError,
    UnavailableError,
)

KINDS = [SidecarError, DeadlineExceededError, UnavailableError, OverloadedError, BadRequestError]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pushback_ms", [None, 120])
def test_errors_travel_between_processes(kind: type[SidecarError], pushback_ms: int | None) -> None:
    error = kind("UNAVAILABLE", "the server's sentence", pushback_ms)
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(same) is kind and str(same) == str(error)
        assert (same.code, same.details, same.pushback_ms) == ("UNAVAILABLE", "the server's sentence", pushback_ms)
