"""The trailer `feast-sidecar-degraded`: which views of an answer are not what a call in time would have given, and why."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

TRAILER = "feast-sidecar-degraded"
_TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Degradation:
    """One view under one policy.

    `stale`: older values, their cells PRESENT with the stored event time. `default`: configured values, PRESENT with event time
    0. `partial`: no values, the cells None and INVALID.
    """

    view: str
    policy: str
    """`stale`, `default` or `partial`."""
    reason: str
    """`deadline`, `outage`, `lag` or `overload`."""
    rows: int | None
    """How many rows of the answer; None when the server does not say."""
    age_ms: int | None
    """How long ago the oldest of them was read, for `stale`; None when the server does not say."""


@dataclass(frozen=True, slots=True)
class DegradedTrailer:
    """All items of an answer, and whether the server had to cut the list."""

    items: tuple[Degradation, ...] = ()
    truncated: bool = False


def parse_degraded(text: str) -> DegradedTrailer:
    """
    Reads `VIEW=stale;reason=deadline;rows=3;age_ms=812, …, truncated`, view names percent-encoded.

    Parameters that are not known are passed over, so that newer servers can say more. Never raises: an answer is not lost over a
    remark on it. What is no item counts as `truncated`, since something is degraded that cannot be named.
    """
    items: list[Degradation] = []
    truncated = False
    for part in filter(None, (part.strip() for part in text.split(","))):
        head, *parameters = part.split(";")
        view, equals, policy = head.partition("=")
        if part == _TRUNCATED or not equals:
            truncated = True
            continue
        given = {name.strip(): value.strip() for name, _, value in (each.partition("=") for each in parameters)}
        items.append(
            Degradation(
                view=unquote(view.strip()),
                policy=policy.strip(),
                reason=given.get("reason", ""),
                rows=_count(given.get("rows")),
                age_ms=_count(given.get("age_ms")),
            )
        )
    return DegradedTrailer(tuple(items), truncated)


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"[0-9]+", text) else None
