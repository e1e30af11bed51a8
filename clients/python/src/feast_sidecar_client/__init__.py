"""A client of feast-sidecar: Feast's online features over gRPC, with what was late, stale or missing said for each column.

    with SidecarClient("127.0.0.1:6566", timeout_ms=10) as client:
        answer = client.get_online_features(service="churn_v1", entity_rows=[{"customer_id": "7590-VHVEG"}])
        answer.to_dict()

`AsyncSidecarClient` is the same for asyncio. Needs grpcio and protobuf, not Feast; where Feast is installed as well, neither
disturbs the other.
"""

from feast_sidecar_client.aio import AsyncSidecarClient
from feast_sidecar_client.client import SidecarClient
from feast_sidecar_client.column import FeatureColumn, FeatureStatus
from feast_sidecar_client.degradation import Degradation
from feast_sidecar_client.errors import (
    BadRequestError,
    DeadlineExceededError,
    OverloadedError,
    SidecarError,
    UnavailableError,
)
from feast_sidecar_client.key_value import Int32
from feast_sidecar_client.metadata import Priority
from feast_sidecar_client.online_features import OnlineFeatures
from feast_sidecar_client.request import EntityRows

__all__ = [
    "AsyncSidecarClient",
    "BadRequestError",
    "DeadlineExceededError",
    "Degradation",
    "EntityRows",
    "FeatureColumn",
    "FeatureStatus",
    "Int32",
    "OnlineFeatures",
    "OverloadedError",
    "Priority",
    "SidecarClient",
    "SidecarError",
    "UnavailableError",
]
