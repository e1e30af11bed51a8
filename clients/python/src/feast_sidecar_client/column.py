"""One column of an answer: values with status, event time and what is degraded about them."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from feast_sidecar_client.degradation import Degradation


class FeatureStatus(IntEnum):
    """Feast's `FieldStatus`."""

    INVALID = 0
    """Nobody looked: the value was not read in time and nothing stands in for it."""
    PRESENT = 1
    NULL_VALUE = 2
    NOT_FOUND = 3
    OUTSIDE_MAX_AGE = 4
    """Older than the view's ttl; the value is there."""


@dataclass(frozen=True, slots=True)
class FeatureColumn:
    """A feature or a join key; the three lists have one item per row asked for, in that order."""

    name: str
    view: str | None
    """None for join keys, and for features of a service asked for without full names: the answer does not say."""
    values: list[Any]
    statuses: list[FeatureStatus]
    event_times_s: list[int]
    """Seconds since the Unix epoch; 0 = none (join keys, absent rows, configured defaults)."""
    degradations: tuple[Degradation, ...]
    """
    What of the answer's degradations concerns this column. Exact where `view` is known. Where it is not, every item that the
    cells do not rule out: ask with `full_feature_names=True` to know.
    """

    @property
    def degraded(self) -> bool:
        return self.degradations != ()


def fits(item: Degradation, statuses: list[FeatureStatus], event_times_s: list[int]) -> bool:
    """Whether a column with these cells can be meant by an item."""
    if item.policy == "partial":
        return FeatureStatus.INVALID in statuses
    is_default = item.policy == "default"
    return any(
        (status is FeatureStatus.PRESENT) and (time_s == 0) == is_default
        for status, time_s in zip(statuses, event_times_s, strict=True)
    )
