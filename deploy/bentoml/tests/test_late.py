"""Features that are not there in time, or not all of them: predictions go on, marked, or are refused, as configured."""

from collections.abc import Iterator

import grpc
import pytest
from bento_process import Bento
from conftest import FAKE_TIMEOUT_MS, fine
from fake_server import FakeServer, Script

BOTH = ["7590-VHVEG", "2746-JUNDQ"]
TRAILER = "feast-sidecar-degraded"
STALE = "customer_billing=stale;reason=deadline;rows=2;age_ms=812"
DEFAULT = "customer_profile=default;reason=outage;rows=1"


@pytest.fixture(autouse=True)
def healthy_again(fake: FakeServer) -> Iterator[None]:
    yield
    fake.script = fine(1)


def script(**changes: object) -> Script:
    made = fine(len(BOTH))
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_stale_and_default_features_score_and_are_marked(fake: FakeServer, scoring: Bento) -> None:
    fake.script = script(trailers=[(TRAILER, f"{STALE}, {DEFAULT}")])
    answer = scoring.predict(BOTH)
    assert answer.status == 200 and len(answer.body["scores"]) == 2
    assert answer.body["degraded"] == [
        {"view": "customer_billing", "policy": "stale", "reason": "deadline", "rows": 2, "age_ms": 812},
        {"view": "customer_profile", "policy": "default", "reason": "outage", "rows": 1, "age_ms": None},
    ]


def test_partial_features_score_as_the_average_customer(fake: FakeServer, scoring: Bento) -> None:
    partial = script(trailers=[(TRAILER, "customer_billing=partial;reason=outage;rows=2")])
    partial.columns = {name: [(None, "INVALID", 0)] * 2 for name in partial.columns}
    fake.script = partial
    answer = scoring.predict(BOTH)
    assert [each["known"] for each in answer.body["scores"]] == [None, None]
    assert answer.body["degraded"][0]["policy"] == "partial"


def test_a_list_that_was_cut_is_marked(fake: FakeServer, scoring: Bento) -> None:
    fake.script = script(trailers=[(TRAILER, f"{STALE}, truncated")])
    assert [each["policy"] for each in scoring.predict(BOTH).body["degraded"]] == ["stale", "unnamed"]


LATE_MS = 2 * FAKE_TIMEOUT_MS
LATE = Script(delay_ms=LATE_MS)
DOWN = Script(code=grpc.StatusCode.UNAVAILABLE, details="The store is out of reach")
FULL = Script(
    code=grpc.StatusCode.RESOURCE_EXHAUSTED, details="Too much to do", trailers=[("grpc-retry-pushback-ms", "90")]
)
NO_ANSWER = pytest.mark.parametrize(("given", "reason"), [(LATE, "deadline"), (DOWN, "outage"), (FULL, "overload")])


@NO_ANSWER
def test_no_answer_scores_the_average_customer_and_says_so(
    fake: FakeServer, scoring: Bento, given: Script, reason: str
) -> None:
    fake.script = given
    answer = scoring.predict(BOTH)
    assert answer.status == 200
    assert answer.body["degraded"] == [{"view": "*", "policy": "missing", "reason": reason, "rows": 2, "age_ms": None}]
    one, other = answer.body["scores"]
    assert one["churn"] == other["churn"] and one["known"] is None
    # The deadline was kept: nobody waited for the late answer.
    assert answer.body["features_ms"] < LATE_MS


@NO_ANSWER
def test_no_answer_is_refused_where_that_is_wanted(
    fake: FakeServer, refusing: Bento, given: Script, reason: str
) -> None:
    fake.script = given
    answer = refusing.predict(BOTH)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert answer.body["scores"] is None and answer.body["degraded"][0]["reason"] == reason


def test_stale_features_are_refused_where_that_is_wanted(fake: FakeServer, refusing: Bento) -> None:
    fake.script = script(trailers=[(TRAILER, STALE)])
    assert refusing.predict(BOTH).status == 503
    fake.script = script()
    answer = refusing.predict(BOTH)
    assert (answer.status, answer.body["degraded"]) == (200, [])


def test_a_question_that_is_wrong_is_no_matter_of_waiting(fake: FakeServer, scoring: Bento) -> None:
    fake.script = Script(code=grpc.StatusCode.NOT_FOUND, details="Feature view customer_billing does not exist")
    assert scoring.predict(BOTH).status == 500


def test_the_trace_goes_on(fake: FakeServer, scoring: Bento) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    fake.script = script()
    scoring.predict(BOTH, {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    _, got, span_id, _ = fake.metadata[-1]["traceparent"].split("-")
    # The same trace, and BentoML's own span between the caller and the sidecar.
    assert got == trace_id and span_id != "00f067aa0ba902b7"


def test_the_deadline_is_the_configured_one(fake: FakeServer, scoring: Bento) -> None:
    fake.script = script()
    scoring.predict(BOTH)
    left_ms = fake.left_ms[-1]
    # gRPC rounds a deadline up, by some percent.
    assert left_ms is not None and FAKE_TIMEOUT_MS / 2 < left_ms < FAKE_TIMEOUT_MS * 1.05
