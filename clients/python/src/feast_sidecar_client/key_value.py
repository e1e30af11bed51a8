"""Values of entity keys → Feast's `Value`. Over gRPC the sidecar converts no key: what is sent must be what was stored."""

from datetime import datetime, timezone
from typing import Any

from feast_sidecar_client._proto.feast.types.Value_pb2 import Value


class Int32(int):
    """An int for a join key of Feast type INT32: `{"store_id": Int32(7)}`. A plain int is sent as INT64."""


def to_value(value: Any, column: str) -> Value:
    """
    One key value as a message.

    Args:
        value: str, bytes, bool, int (INT64), Int32, float (DOUBLE), datetime (naive = UTC), None, or a NumPy scalar of these types;
            a NumPy int32 is sent as INT32, a datetime64 as the datetime that it is (without its fraction of a second, as any).
        column: for the error's sentence.

    Raises:
        TypeError: for any other type.
        ValueError: for an int that does not fit.
    """
    if isinstance(value, str):
        return Value(string_val=value)
    if isinstance(value, bool):
        return Value(bool_val=value)
    if isinstance(value, int):
        return _integer(value, column)
    if value is None:
        return Value()
    if isinstance(value, bytes):
        return Value(bytes_val=value)
    if isinstance(value, float):
        return Value(double_val=value)
    if isinstance(value, datetime):
        return Value(
            unix_timestamp_val=int((value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp())
        )
    # Without importing NumPy: its scalars know their type and their Python value.
    dtype, item = getattr(value, "dtype", None), getattr(value, "item", None)
    kind = getattr(dtype, "kind", "")
    if kind == "M":
        # Its Python value is an int in nanoseconds, and a date in days.
        time = value.astype("datetime64[us]").item()
        if time is None or isinstance(time, datetime):
            return to_value(time, column)
    # A timedelta64 is an int in nanoseconds, too, and no key.
    elif kind not in ("", "m") and callable(item) and not isinstance(plain := item(), type(value)):
        return to_value(Int32(plain) if str(dtype) == "int32" else plain, column)
    raise TypeError(
        f"entity_rows: {column!r} holds a {type(value).__name__}, expected str, bytes, bool, int, Int32, float, datetime or None"
    )


def _integer(value: int, column: str) -> Value:
    bits = 32 if isinstance(value, Int32) else 64
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise ValueError(f"entity_rows: {column!r} holds {int(value)}, expected an integer of {bits} bits")
    return Value(int32_val=value) if bits == 32 else Value(int64_val=value)
