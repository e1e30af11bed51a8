"""What a call sends: the message, and what is known beforehand of the answer's columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feast_sidecar_client._proto.feast.serving.ServingService_pb2 import GetOnlineFeaturesRequest
from feast_sidecar_client.key_value import to_value

EntityRows = Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]]
"""Rows (`[{"driver_id": 1}, {"driver_id": 2}]`) or columns (`{"driver_id": [1, 2]}`), as Feast takes them."""


@dataclass(frozen=True, slots=True)
class AskedColumns:
    """Which view a column of the answer belongs to, as far as the question tells."""

    keys: frozenset[str]
    views: Mapping[str, str]
    """Column name → view; empty for a service."""
    full_feature_names: bool

    def is_key(self, name: str) -> bool:
        return name in self.keys and name not in self.views

    def view_of(self, name: str) -> str | None:
        return self.views.get(name)

    def may_mean(self, name: str, view: str) -> bool:
        """Whether the column can be of that view."""
        known = self.views.get(name)
        if known is not None:
            # A version is part of the reference (`view@v2:feature`) and may not be part of the name in a remark.
            return view in (known, known.partition("@")[0])
        return not self.full_feature_names or name.startswith((f"{view}__", f"{view}@"))


def build_request(
    features: Sequence[str] | None, service: str | None, entity_rows: EntityRows, full_feature_names: bool
) -> tuple[GetOnlineFeaturesRequest, AskedColumns]:
    """
    Raises:
        ValueError: unless exactly one of features and service is given; for a reference that is not `view:feature`; for rows that
            have not all the same keys.
        TypeError: for rows that are none; for a key value of a type that no key has.
    """
    if (features is None) == (service is None):
        raise ValueError("get_online_features: expected either features=[…] or service=…, and not both")
    request = GetOnlineFeaturesRequest(full_feature_names=full_feature_names)
    views: dict[str, str] = {}
    if service is not None:
        request.feature_service = service
    else:
        refs = _checked_refs(features)
        request.features.val.extend(refs)
        for ref in refs:
            view, _, feature = ref.partition(":")
            views[f"{view}__{feature}" if full_feature_names else feature] = view
    columns = _to_columns(entity_rows)
    for name, values in columns.items():
        request.entities[name].val.extend(to_value(value, name) for value in values)
    return request, AskedColumns(frozenset(columns), views, full_feature_names)


def _checked_refs(features: Sequence[str] | None) -> list[str]:
    if features is None or isinstance(features, str):
        raise ValueError(f"features: expected a list of 'view:feature', not {features!r}")
    # Read once: a generator has nothing left for the second time.
    refs = list(features)
    for ref in refs:
        if not isinstance(ref, str) or ":" not in ref:
            raise ValueError(f"features: expected 'view:feature', not {ref!r}")
    return refs


def _to_columns(entity_rows: EntityRows) -> Mapping[str, Sequence[Any]]:
    if isinstance(entity_rows, Mapping):
        return entity_rows
    if isinstance(entity_rows, (str, bytes)) or not isinstance(entity_rows, Iterable):
        raise TypeError(f"entity_rows is a {type(entity_rows).__name__}, expected a list of rows or a mapping of columns")
    rows = list(entity_rows)
    if not rows:
        return {}
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TypeError(f"entity_rows[{index}] is a {type(row).__name__}, expected a mapping of key to value")
    names = rows[0].keys()
    for index, row in enumerate(rows):
        if row.keys() != names:
            raise ValueError(
                f"entity_rows[{index}] has the keys {sorted(row)}, expected {sorted(names)} as in entity_rows[0]"
            )
    return {name: [row[name] for row in rows] for name in names}
