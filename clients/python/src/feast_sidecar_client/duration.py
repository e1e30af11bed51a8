"""Times that a caller gives, in milliseconds → seconds, as gRPC takes them."""

MAX_MS = 365 * 24 * 60 * 60 * 1000
"""A year. gRPC's clock overflows after some centuries: every call is late then before it is sent."""


def to_seconds(milliseconds: float, name: str) -> float:
    """
    Args:
        milliseconds: from 0, which is up as soon as gRPC looks, to a year.
        name: of the argument, for the error's sentence.

    Raises:
        ValueError: for what is no such time: below 0, above a year, infinite, NaN.
    """
    # Also false for NaN.
    if not 0 <= milliseconds <= MAX_MS:
        raise ValueError(f"{name} is {milliseconds!r}, expected milliseconds from 0 to {MAX_MS} (a year)")
    return milliseconds / 1000


def to_deadline_s(timeout_ms: float | None) -> float | None:
    """The deadline of a call; None = none. Raises as `to_seconds`."""
    if timeout_ms is None:
        return None
    try:
        return to_seconds(timeout_ms, "timeout_ms")
    except ValueError as error:
        raise ValueError(f"{error}, or None for no deadline") from None
