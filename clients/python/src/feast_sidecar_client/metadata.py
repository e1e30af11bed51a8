"""The gRPC metadata of a call, checked: what gRPC does not send fails there with an error that names nothing."""

import re
from collections.abc import Mapping
from typing import Literal, get_args

Priority = Literal["live", "batch", "shadow"]
"""Who waits for an answer. `batch` and `shadow` go past the sidecar's cache and are turned away before `live`."""

# As gRPC's PROTOCOL-HTTP2.md has them.
_KEY = re.compile(r"[0-9a-z_.-]+")
_VALUE = re.compile(r"[ -~]*")


def build_metadata(
    traceparent: str | None, priority: Priority | None, metadata: Mapping[str, str | bytes] | None
) -> tuple[tuple[str, str | bytes], ...]:
    """
    Raises:
        ValueError: for a priority that there is not; for a key or a value that cannot be sent.
        TypeError: for a value that is no text, or no bytes where the key ends with `-bin`.
    """
    if priority is not None and priority not in get_args(Priority):
        raise ValueError(f"priority: expected one of {', '.join(get_args(Priority))}, not {priority!r}")
    pairs = [_checked(name, value) for name, value in (metadata or {}).items()]
    if traceparent is not None:
        pairs.append(_checked("traceparent", traceparent))
    if priority is not None:
        pairs.append(("feast-sidecar-priority", priority))
    return tuple(pairs)


def _checked(name: str, value: str | bytes) -> tuple[str, str | bytes]:
    key = name.lower() if isinstance(name, str) else ""
    if not _KEY.fullmatch(key):
        raise ValueError(f"metadata: the key {name!r} cannot be sent, expected letters a to z, digits, '_', '-' and '.'")
    if key.endswith("-bin"):
        if not isinstance(value, bytes):
            raise TypeError(f"metadata: {name!r} is a {type(value).__name__}, expected bytes, as its name ends with -bin")
    elif not isinstance(value, str):
        raise TypeError(f"metadata: {name!r} is a {type(value).__name__}, expected str")
    elif not _VALUE.fullmatch(value):
        raise ValueError(f"metadata: {name!r} is {value!r}, expected printable ASCII (bytes under a name with -bin)")
    return key, value
