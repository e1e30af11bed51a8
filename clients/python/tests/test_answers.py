"""Answers of a scripted server: cells and remarks on them, errors, and what arrives at the other side."""

import asyncio
from typing import Any

import grpc
import pytest
from fake_server import Script, fake_server
from feast_sidecar_client import (
    AsyncSidecarClient,
    BadRequestError,
    DeadlineExceededError,
    FeatureStatus,
    OnlineFeatures,
    OverloadedError,
    SidecarClient,
    SidecarError,
    UnavailableError,
)

STORED_S = 1793448149
KEY = {"id": [(1.0, "PRESENT", 0), (2.0, "PRESENT", 0)]}
BILLING = {"charge": [(9.5, "PRESENT", STORED_S), (8.5, "PRESENT", STORED_S)]}
GEO = {"lat": [(0.0, "PRESENT", 0), (51.5, "PRESENT", STORED_S)]}
WEB = {"clicks": [(None, "INVALID", 0), (3.0, "PRESENT", STORED_S)]}
REFS = ["billing:charge", "geo:lat", "web:clicks"]
TRAILER = "billing=stale;reason=deadline;rows=2;age_ms=812, geo=default;reason=outage;rows=1, web=partial;reason=overload;rows=1"
CLIENTS = ["threads", "asyncio"]


def ask(kind: str, address: str, **options: Any) -> OnlineFeatures:
    """One call with either client."""
    arguments = {"entity_rows": {"id": [1.0, 2.0]}, **options}
    if "service" not in arguments:
        arguments.setdefault("features", REFS)
    if kind == "threads":
        with SidecarClient(address) as client:
            return client.get_online_features(**arguments)

    async def call() -> OnlineFeatures:
        async with AsyncSidecarClient(address) as client:
            return await client.get_online_features(**arguments)

    return asyncio.run(call())


@pytest.mark.parametrize("kind", CLIENTS)
def test_degradations_stand_at_their_columns(kind: str) -> None:
    columns = {**KEY, **BILLING, **GEO, **WEB}
    with fake_server(Script(columns, trailers=[("feast-sidecar-degraded", TRAILER)])) as fake:
        answer = ask(kind, fake.address)
    charge, lat, clicks = answer["charge"], answer["lat"], answer["clicks"]
    assert [column.view for column in (charge, lat, clicks)] == ["billing", "geo", "web"]
    (stale,), (default,), (partial,) = charge.degradations, lat.degradations, clicks.degradations
    assert (stale.policy, stale.reason, stale.rows, stale.age_ms) == ("stale", "deadline", 2, 812)
    assert charge.event_times_s == [STORED_S, STORED_S]
    assert (default.policy, default.reason) == ("default", "outage")
    assert (lat.values[0], lat.statuses[0], lat.event_times_s[0]) == (0.0, FeatureStatus.PRESENT, 0)
    assert (partial.policy, partial.reason) == ("partial", "overload")
    assert (clicks.values[0], clicks.statuses[0]) == (None, FeatureStatus.INVALID)
    assert answer.degraded and not answer["id"].degraded and answer["id"].view is None
    assert answer.degradations == (stale, default, partial)


@pytest.mark.parametrize("kind", CLIENTS)
def test_a_service_with_full_names_tells_the_view(kind: str) -> None:
    columns = {**KEY, "billing__charge": BILLING["charge"], "billing_eu__charge": BILLING["charge"]}
    trailer = [("feast-sidecar-degraded", "billing=stale;reason=lag;rows=2;age_ms=1")]
    with fake_server(Script(columns, trailers=trailer)) as fake:
        answer = ask(kind, fake.address, service="svc", full_feature_names=True)
    assert answer["billing__charge"].degraded
    assert not answer["billing_eu__charge"].degraded


def test_a_service_with_short_names_is_told_by_what_the_cells_allow() -> None:
    columns = {**KEY, **BILLING, **GEO, **WEB}
    with fake_server(Script(columns, trailers=[("feast-sidecar-degraded", TRAILER)])) as fake:
        answer = ask("threads", fake.address, service="svc")
    policies = {name: [item.policy for item in column.degradations] for name, column in answer.items()}
    # All have a value with a stored time and so may be the stale ones; the others are told by their cells.
    assert policies == {"id": [], "charge": ["stale"], "lat": ["stale", "default"], "clicks": ["stale", "partial"]}


def test_a_version_in_the_reference_is_the_same_view() -> None:
    for named in ("billing", "billing%40v2"):
        trailer = [("feast-sidecar-degraded", f"{named}=stale;reason=lag;rows=2;age_ms=1")]
        with fake_server(Script({**KEY, **BILLING}, trailers=trailer)) as fake:
            assert ask("threads", fake.address, features=["billing@v2:charge"])["charge"].degraded


def test_an_answer_in_time_is_not_degraded() -> None:
    with fake_server(Script({**KEY, **BILLING}, trailers=[("other", "billing=stale")])) as fake:
        answer = ask("threads", fake.address)
    assert not answer.degraded and answer.degradations == () and not answer["charge"].degraded


def test_a_cut_list_is_degraded_and_says_so() -> None:
    with fake_server(Script({**KEY, **BILLING}, trailers=[("feast-sidecar-degraded", "truncated")])) as fake:
        answer = ask("threads", fake.address)
    assert answer.degraded and answer.degradations_truncated


def test_rows_and_dictionary() -> None:
    with fake_server(Script({**KEY, **WEB})) as fake:
        answer = ask("threads", fake.address)
    assert answer.rows() == [{"id": 1.0, "clicks": None}, {"id": 2.0, "clicks": 3.0}]
    assert answer.to_dict() == {"id": [1.0, 2.0], "clicks": [None, 3.0]}
    assert answer.to_dict(include_event_timestamps=True)["clicks__ts"] == [0, STORED_S]
    assert list(answer) == ["id", "clicks"] and len(answer) == 2


CODE = grpc.StatusCode
RETRY = [("grpc-retry-pushback-ms", "120")]


@pytest.mark.parametrize("kind", CLIENTS)
@pytest.mark.parametrize(
    ("code", "trailers", "error", "pushback_ms"),
    [
        (CODE.UNAVAILABLE, RETRY, UnavailableError, 120),
        (CODE.DEADLINE_EXCEEDED, RETRY, DeadlineExceededError, 120),
        (CODE.RESOURCE_EXHAUSTED, RETRY, OverloadedError, 120),
        (CODE.RESOURCE_EXHAUSTED, [], BadRequestError, None),
        (CODE.RESOURCE_EXHAUSTED, [("grpc-retry-pushback-ms", "-1")], BadRequestError, None),
        (CODE.INVALID_ARGUMENT, [], BadRequestError, None),
        (CODE.NOT_FOUND, [], BadRequestError, None),
        (CODE.UNIMPLEMENTED, [], BadRequestError, None),
        (CODE.INTERNAL, [], SidecarError, None),
    ],
)
def test_errors(kind: str, code: Any, trailers: Any, error: type[SidecarError], pushback_ms: int | None) -> None:
    with fake_server(Script(trailers=trailers, code=code, details="what the server says")) as fake:
        with pytest.raises(SidecarError) as raised:
            ask(kind, fake.address)
    assert type(raised.value) is error
    assert (raised.value.code, raised.value.details, raised.value.pushback_ms) == (
        code.name,
        "what the server says",
        pushback_ms,
    )
    assert str(raised.value) == f"{code.name}: what the server says"
    assert isinstance(raised.value.__cause__, grpc.RpcError)


@pytest.mark.parametrize("kind", CLIENTS)
def test_the_deadline_travels_and_is_kept(kind: str) -> None:
    with fake_server(Script(KEY, delay_ms=300)) as fake:
        with pytest.raises(DeadlineExceededError):
            ask(kind, fake.address, timeout_ms=100)
        (left_ms,) = fake.left_ms
        # gRPC rounds it up, by some percent.
        assert left_ms is not None and 0 < left_ms < 105
        ask(kind, fake.address)
        assert fake.left_ms[1] is None


@pytest.mark.parametrize("kind", CLIENTS)
def test_metadata_travels(kind: str) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    with fake_server(Script(KEY)) as fake:
        ask(kind, fake.address, traceparent=parent, priority="shadow", metadata={"tracestate": "a=1"})
    (got,) = fake.metadata
    assert (got["traceparent"], got["feast-sidecar-priority"], got["tracestate"]) == (parent, "shadow", "a=1")
