"""What is sent, from what is asked: no server needed."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from feast_sidecar_client import Int32
from feast_sidecar_client.request import build_request


def field_of(value: Any) -> tuple[str | None, Any]:
    """Which member of the oneof a key value is sent as, and what is in it."""
    request, _ = build_request(["v:f"], None, [{"id": value}], False)
    (sent,) = request.entities["id"].val
    kind = sent.WhichOneof("val")
    return kind, None if kind is None else getattr(sent, kind)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7590-VHVEG", ("string_val", "7590-VHVEG")),
        (b"\x00\xff", ("bytes_val", b"\x00\xff")),
        (True, ("bool_val", True)),
        (-(2**63), ("int64_val", -(2**63))),
        (Int32(7), ("int32_val", 7)),
        (0.5, ("double_val", 0.5)),
        (datetime(2026, 11, 1, tzinfo=timezone(timedelta(hours=1))), ("unix_timestamp_val", 1793487600)),
        (datetime(2026, 11, 1), ("unix_timestamp_val", 1793491200)),
        (None, (None, None)),
    ],
)
def test_key_values_are_sent_as_their_type(value: Any, expected: tuple[str | None, Any]) -> None:
    assert field_of(value) == expected


def test_numpy_scalars_are_sent_as_their_type() -> None:
    numpy = pytest.importorskip("numpy", reason="every venv of these tests has NumPy")
    assert field_of(numpy.int64(5)) == ("int64_val", 5)
    assert field_of(numpy.int32(5)) == ("int32_val", 5)
    assert field_of(numpy.str_("a")) == ("string_val", "a")
    assert field_of(numpy.bool_(True)) == ("bool_val", True)
    assert field_of(numpy.float64(0.5)) == ("double_val", 0.5)


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s", "m", "D"])
def test_numpy_times_are_sent_as_datetime_is(unit: str) -> None:
    numpy = pytest.importorskip("numpy", reason="every venv of these tests has NumPy")
    midnight = numpy.datetime64("2026-11-01T00:00:00").astype(f"datetime64[{unit}]")
    assert field_of(midnight) == field_of(datetime(2026, 11, 1)) == ("unix_timestamp_val", 1793491200)
    assert field_of(numpy.datetime64("NaT", unit)) == (None, None)
    (column,) = build_request(["v:f"], None, {"id": numpy.array([midnight])}, False)[0].entities.values()
    assert column.val[0].unix_timestamp_val == 1793491200


def test_numpy_times_that_no_datetime_holds_are_refused() -> None:
    numpy = pytest.importorskip("numpy", reason="every venv of these tests has NumPy")
    with pytest.raises(TypeError, match="'id' holds a datetime64, expected str"):
        field_of(numpy.datetime64("12026-11-01", "s"))
    with pytest.raises(TypeError, match="'id' holds a timedelta64, expected str"):
        field_of(numpy.timedelta64(5, "ns"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2**63, "'id' holds 9223372036854775808, expected an integer of 64 bits"),
        (Int32(2**31), "'id' holds 2147483648, expected an integer of 32 bits"),
        ([1], "'id' holds a list, expected str"),
        (object(), "'id' holds a object, expected str"),
    ],
)
def test_what_is_no_key_value_is_named(value: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        field_of(value)


def test_rows_and_columns_make_the_same_request() -> None:
    rows = [{"a": 1, "b": "x"}, {"b": "y", "a": 2}]
    columns: Mapping[str, list[Any]] = {"a": [1, 2], "b": ["x", "y"]}
    assert build_request(None, "svc", rows, True)[0] == build_request(None, "svc", columns, True)[0]
    request, _ = build_request(None, "svc", rows, True)
    assert (request.feature_service, request.full_feature_names) == ("svc", True)
    assert [value.string_val for value in request.entities["b"].val] == ["x", "y"]


def test_ragged_rows_are_named() -> None:
    with pytest.raises(
        ValueError, match=r"entity_rows\[1\] has the keys \['b'\], expected \['a'\] as in entity_rows\[0\]"
    ):
        build_request(["v:f"], None, [{"a": 1}, {"b": 1}], False)


@pytest.mark.parametrize(
    ("features", "service", "words"),
    [
        (None, None, "either features=.* or service="),
        (["v:f"], "svc", "not both"),
        ("v:f", None, "expected a list of 'view:feature', not 'v:f'"),
        (["f"], None, "expected 'view:feature', not 'f'"),
    ],
)
def test_what_is_no_question_is_refused(features: Any, service: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        build_request(features, service, [{"a": 1}], False)


def test_a_generator_of_references_is_sent_whole() -> None:
    request, asked = build_request((ref for ref in ["v:f", "w:g"]), None, [{"a": 1}], False)  # type: ignore[arg-type]
    assert (list(request.features.val), asked.view_of("g")) == (["v:f", "w:g"], "w")


def test_a_generator_of_rows_is_sent_whole() -> None:
    request, _ = build_request(["v:f"], None, ({"a": each} for each in (1, 2)), False)  # type: ignore[arg-type]
    assert [value.int64_val for value in request.entities["a"].val] == [1, 2]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("x", "entity_rows is a str, expected a list of rows or a mapping of columns"),
        (b"x", "entity_rows is a bytes, expected a list"),
        (7, "entity_rows is a int, expected a list"),
        (["x"], r"entity_rows\[0\] is a str, expected a mapping of key to value"),
        ([{"a": 1}, 2], r"entity_rows\[1\] is a int, expected a mapping"),
    ],
)
def test_rows_that_are_none_are_named(rows: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        build_request(["v:f"], None, rows, False)
