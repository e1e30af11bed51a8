"""The answer to one call."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feast_sidecar_client._proto.feast.serving.ServingService_pb2 import GetOnlineFeaturesResponse
from feast_sidecar_client._proto.feast.types.Value_pb2 import Value
from feast_sidecar_client.column import FeatureColumn, FeatureStatus, fits
from feast_sidecar_client.degradation import TRAILER, Degradation, DegradedTrailer, parse_degraded
from feast_sidecar_client.errors import SidecarError
from feast_sidecar_client.feature_value import to_python
from feast_sidecar_client.request import AskedColumns

_STATUSES = {int(status): status for status in FeatureStatus}


@dataclass(frozen=True, slots=True)
class OnlineFeatures(Mapping[str, FeatureColumn]):
    """
    Columns by name, join keys first: `answer["trips"].values`. `to_dict()` is that of Feast's `OnlineResponse`.
    """

    columns: dict[str, FeatureColumn]
    degradations: tuple[Degradation, ...]
    """Empty when all of it was read in time."""
    degradations_truncated: bool
    """There are more than the server could name."""

    @property
    def degraded(self) -> bool:
        """Whether anything in here is stale, a default or missing for want of time."""
        return self.degradations != () or self.degradations_truncated

    def to_dict(self, include_event_timestamps: bool = False) -> dict[str, list[Any]]:
        """Name → values; with event times also `NAME__ts` → seconds since the epoch."""
        columns: dict[str, list[Any]] = {}
        for name, column in self.columns.items():
            columns[name] = column.values
            if include_event_timestamps:
                columns[f"{name}__ts"] = column.event_times_s
        return columns

    def rows(self) -> list[dict[str, Any]]:
        """One dict per row asked for, in that order: name → value."""
        names = list(self.columns)
        cells = zip(*(column.values for column in self.columns.values()), strict=True)
        return [dict(zip(names, row, strict=True)) for row in cells]

    def __getitem__(self, name: str) -> FeatureColumn:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def read_answer(
    response: GetOnlineFeaturesResponse, trailers: Iterable[tuple[str, str | bytes]] | None, asked: AskedColumns
) -> OnlineFeatures:
    """
    Message and trailing metadata of a good call as columns.

    Raises:
        SidecarError: OUT_OF_RANGE, for a time that no datetime holds: None would say that there is none.
    """
    said = [value for name, value in trailers or () if name == TRAILER]
    trailer = parse_degraded(", ".join(str(each) for each in said)) if said else DegradedTrailer()
    columns: dict[str, FeatureColumn] = {}
    for name, vector in zip(response.metadata.feature_names.val, response.results, strict=True):
        # A status that is newer than this client is nothing that it can vouch for.
        statuses = [_STATUSES.get(status, FeatureStatus.INVALID) for status in vector.statuses]
        event_times_s = [time.seconds for time in vector.event_timestamps]
        view = asked.view_of(name)
        columns[name] = FeatureColumn(
            name=name,
            view=view,
            values=_read_values(name, vector.values),
            statuses=statuses,
            event_times_s=event_times_s,
            degradations=tuple(
                item
                for item in trailer.items
                if not asked.is_key(name) and asked.may_mean(name, item.view) and fits(item, statuses, event_times_s)
            ),
        )
    return OnlineFeatures(columns, trailer.items, trailer.truncated)


def _read_values(column: str, values: Iterable[Value]) -> list[Any]:
    read: list[Any] = []
    for value in values:
        try:
            read.append(to_python(value))
        except OverflowError as error:
            raise SidecarError("OUT_OF_RANGE", f"{column!r} holds in row {len(read)} {error}") from error
    return read
