"""Feast's `Value` → Python, to the types that Feast's own SDK gives (feast/type_map.py:feast_value_type_to_python_type)."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from feast_sidecar_client._proto.feast.types.Value_pb2 import (
    Map,
    MapKey,
    RepeatedValue,
    ScalarMap,
    Value,
    ZonedTimestamp,
)

# What pandas' NaT is as an integer, and so what Feast stores for a missing time.
_NO_TIME = -(2**63)


def to_python(value: Value) -> Any:
    """
    The content of one cell; None for a null. Lists and sets of times, UUIDs and decimals are converted item by item.

    Raises:
        OverflowError: for a time that no datetime holds.
    """
    kind = value.WhichOneof("val")
    if kind is None:
        return None
    content = getattr(value, kind)
    read = _READERS.get(kind)
    return content if read is None else read(content)


def _time(seconds: int) -> datetime | None:
    return None if seconds == _NO_TIME else _datetime(seconds, timezone.utc)


def _datetime(seconds: int, zone: tzinfo) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, tz=zone)
    except (ValueError, OverflowError, OSError) as error:
        raise OverflowError(
            f"a time {seconds} s after the Unix epoch, and Python's datetime ends with the years 1 and 9999"
        ) from error


def _zone(name: str) -> tzinfo:
    """An IANA name or a fixed offset such as `UTC-07:00`, as Feast writes them; UTC for what is neither."""
    offset = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})", name.strip())
    if offset is not None:
        delta = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-delta if offset[1] == "-" else delta)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return timezone.utc


def _zoned_time(content: ZonedTimestamp) -> datetime | None:
    if content.unix_timestamp == _NO_TIME:
        return None
    return _datetime(content.unix_timestamp, _zone(content.zone))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _map(content: Map) -> dict[str, Any]:
    return {key: to_python(value) for key, value in content.val.items()}


def _values(content: RepeatedValue) -> list[Any]:
    return [to_python(value) for value in content.val]


def _scalar_map(content: ScalarMap) -> dict[Any, Any]:
    return {_map_key(entry.key): to_python(entry.value) for entry in content.val}


def _map_key(key: MapKey) -> Any:
    kind = key.WhichOneof("key")
    if kind is None:
        return None
    read = _READERS.get(kind.replace("_key", "_val"))
    content = getattr(key, kind)
    return content if read is None else read(content)


def _list_of(read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    return lambda content: [read(item) for item in content.val]


def _set_of(read: Callable[[Any], Any]) -> Callable[[Any], set[Any]]:
    return lambda content: {read(item) for item in content.val}


_ITEMS: dict[str, Callable[[Any], Any]] = {"unix_timestamp": _time, "uuid": UUID, "time_uuid": UUID, "decimal": Decimal}
_PLAIN = ("bytes", "string", "int32", "int64", "double", "float", "bool")

# By the name of the field in the oneof; scalars that are not here are what they are.
_READERS: dict[str, Callable[[Any], Any]] = {
    **{f"{name}_val": read for name, read in _ITEMS.items()},
    **{f"{name}_list_val": _list_of(read) for name, read in _ITEMS.items()},
    **{f"{name}_set_val": _set_of(read) for name, read in _ITEMS.items()},
    **{f"{name}_list_val": lambda content: list(content.val) for name in _PLAIN},
    **{f"{name}_set_val": lambda content: set(content.val) for name in _PLAIN},
    "null_val": lambda _: None,
    "map_val": _map,
    "map_list_val": _list_of(_map),
    "struct_val": _map,
    "struct_list_val": _list_of(_map),
    "scalar_map_val": _scalar_map,
    "json_val": _json,
    "json_list_val": _list_of(_json),
    "list_val": _values,
    "set_val": _values,
    "zoned_timestamp_val": _zoned_time,
}
