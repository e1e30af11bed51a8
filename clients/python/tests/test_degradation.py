"""The trailer `feast-sidecar-degraded`, as text."""

import pytest
from feast_sidecar_client.degradation import Degradation, parse_degraded


def test_items_with_everything() -> None:
    parsed = parse_degraded(
        "customer_billing=stale;reason=deadline;rows=3;age_ms=812, geo=partial;reason=outage;rows=1"
    )
    assert parsed.items == (
        Degradation("customer_billing", "stale", "deadline", 3, 812),
        Degradation("geo", "partial", "outage", 1, None),
    )
    assert not parsed.truncated


def test_view_names_are_percent_encoded() -> None:
    # A comma, an equals sign, a semicolon, a percent sign and letters beyond ASCII.
    parsed = parse_degraded(
        "a%2Cb%3Dc%3Bd%25=default;reason=lag;rows=2, %C5%BC%C3%B3%C5%82w=stale;reason=lag;rows=1;age_ms=5"
    )
    assert [item.view for item in parsed.items] == ["a,b=c;d%", "żółw"]


@pytest.mark.parametrize("text", ["v=stale;reason=deadline;rows=1;age_ms=9, truncated", "v=stale;rows=1,truncated"])
def test_truncated_is_a_mark_and_no_item(text: str) -> None:
    parsed = parse_degraded(text)
    assert [item.view for item in parsed.items] == ["v"]
    assert parsed.truncated


def test_what_a_newer_server_adds_is_passed_over() -> None:
    (item,) = parse_degraded("v=stale;reason=deadline;zone=b;rows=3;age_ms=7").items
    assert item == Degradation("v", "stale", "deadline", 3, 7)


@pytest.mark.parametrize("text", ["nonsense", "=;;", "v=stale;rows=-1;age_ms=x", ";", "v", "v=stale;rows=٣"])
def test_never_raises_and_never_says_that_all_is_well(text: str) -> None:
    parsed = parse_degraded(text)
    assert parsed.items or parsed.truncated
    assert all(item.rows is None and item.age_ms is None for item in parsed.items)


def test_nothing_is_nothing() -> None:
    assert parse_degraded("") == parse_degraded(" , ")
    assert parse_degraded("").items == () and not parse_degraded("").truncated
