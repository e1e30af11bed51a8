"""The shape of the public feast-benchmarks data set: 25 feature views of 10 Int64 features on one INT64 entity."""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Int64

VIEWS = 25
FEATURES_PER_VIEW = 10

entity = Entity(name="entity", join_keys=["entity"], value_type=ValueType.INT64)

# Only there while make_registry.py runs; the online store is filled by bench/data/write-redis.ts.
source = FileSource(name="source", path="source.parquet", timestamp_field="event_timestamp")

views = [
    FeatureView(
        name=f"feature_view_{view}",
        entities=[entity],
        ttl=timedelta(days=36500),  # A limit, so that ages are looked at, and one that no answer passes.
        schema=[
            Field(name="entity", dtype=Int64),
            *(
                Field(name=f"feature_{view * FEATURES_PER_VIEW + feature}", dtype=Int64)
                for feature in range(FEATURES_PER_VIEW)
            ),
        ],
        source=source,
    )
    for view in range(VIEWS)
]

services = [
    FeatureService(name=f"bench_{count}", features=views[: count // FEATURES_PER_VIEW]) for count in (10, 50, 250)
]
