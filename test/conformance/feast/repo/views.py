"""Feature views of project `demo`: every kind, key type, ttl and lifecycle state. Rows are in `rows.py`."""

import os
import warnings
from datetime import timedelta

from feast import BatchFeatureView, FeatureView, Field, FileSource, PushSource, StreamFeatureView
from feast.labeling.label_view import LabelView
from feast.types import Array, Bool, Bytes, Float32, Float64, Int32, Int64, String, UnixTimestamp

from repo.entities import BLOB, CUSTOMER, DRIVER, KEY_FIELDS, LOCATION, MOMENT, REGION, UNTYPED
from repo.value_types import ALL_TYPES

# Batch and stream views announce themselves as experimental on every construction.
warnings.filterwarnings("ignore", category=RuntimeWarning, module="feast")

TTL_DAY = timedelta(days=1)
TTL_CENTURY = timedelta(days=36500)
os.environ.setdefault("FEAST_USAGE", "False")


def fields(**types):
    """Fields in the given order: name=dtype."""
    return [Field(name=name, dtype=dtype) for name, dtype in types.items()]


def parquet(name):
    """The parquet source of a view; the path is relative, so that a built repository can be moved."""
    return FileSource(name=f"{name}_source", path=f"data/{name}.parquet", timestamp_field="event_timestamp")


def view(name, entities, features, ttl=timedelta(0), make=FeatureView, source=None, **options):
    """A view whose schema names its keys, so that nothing is inferred from the source."""
    keys = [KEY_FIELDS[entity.name] for entity in entities]
    return make(
        name=name, entities=entities, schema=keys + features, ttl=ttl, source=source or parquet(name), **options
    )


def push(name):
    return PushSource(name=f"{name}_push", batch_source=parquet(name))


DRIVER_STATS = view(
    "driver_stats",
    [DRIVER],
    fields(conv_rate=Float32, acc_rate=Float64, trips=Int64, tag=String),
    ttl=timedelta(seconds=2),
)
DRIVER_STATS2 = view("driver_stats2", [DRIVER], fields(trips=Int64, other=Int32))
CUST_STATS = view("cust_stats", [CUSTOMER], fields(spend=Float64))
COMBO = view("combo", [DRIVER, CUSTOMER], fields(cnt=Int64))
LOC_STATS = view("loc_stats", [LOCATION], fields(temp=Float64))
GLOB = view("glob", [], fields(rate=Float64, label=String))
BLOB_STATS = view("blob_stats", [BLOB], fields(size=Int64, head=Bytes))
MOMENT_STATS = view("moment_stats", [MOMENT], fields(load=Float32))
REGION_STATS = view("region_stats", [REGION], fields(people=Int64))
UNTYPED_STATS = view("untyped_stats", [UNTYPED], fields(level=Int32))
# Join keys in an order that is neither sorted nor the request's.
QUAD = view("quad", [REGION, MOMENT, DRIVER, LOCATION], fields(quad_cnt=Int64, quad_tag=String))
WIDE = view("wide", [DRIVER], fields(**{f"w{i:02d}": [Int64, Float64, String, Float32][i % 4] for i in range(24)}))
VECTORS = view("vectors", [DRIVER], fields(embedding=Array(Float32), words=Array(String), ids=Array(Int64)))
TIMES = view("times", [DRIVER], fields(at=String))
# A feature named like the join key of another entity.
LAST_DRIVER = view("last_driver", [CUSTOMER], fields(driver_id=Int64, since=UnixTimestamp))
ODD_NAME = view("odd__name", [DRIVER], fields(x__y=Int64))
UNICODE = view("żółw", [CUSTOMER], [Field(name="🐢", dtype=String), Field(name="ż ł", dtype=Int64)])
COLON = view("colon", [DRIVER], [Field(name="a:b", dtype=Int64), Field(name="a", dtype=Int64)])

TTL_ZERO = view("ttl_zero", [DRIVER], fields(z=Int64))
TTL_OLD = view("ttl_old", [DRIVER], fields(o=Int64), ttl=TTL_DAY)
TTL_LONG = view("ttl_long", [DRIVER], fields(y=Int64), ttl=TTL_CENTURY)
TTL_HALF = view("ttl_half", [DRIVER], fields(h=Int64), ttl=timedelta(milliseconds=1500))

BATCH = view("batch_view", [DRIVER], fields(b=Int64), make=BatchFeatureView, online=True)
STREAM = view("stream_view", [DRIVER], fields(s=Float64), make=StreamFeatureView, source=push("stream_view"))
PUSHED = view("pushed", [DRIVER], fields(p=Int64, q=Bool), source=push("pushed"))
LABELS = LabelView(
    name="labels",
    entities=[DRIVER],
    schema=[KEY_FIELDS["driver"], *fields(verdict=String, labeler=String)],
    source=push("labels"),
)

NEVER = view("never", [DRIVER], fields(n=Int64))
CREATED = view("created", [DRIVER], fields(c=Int64))
GENERATED = view("generated", [DRIVER], fields(g=Int64))
BUSY = view("busy", [DRIVER], fields(m=Int64))
STATE_99 = view("state_99", [DRIVER], fields(st=Int64))
OFF = view("off", [DRIVER], fields(d=Int64))
OFFLINE_ONLY = view("offline_only", [DRIVER], fields(off_only=Int64), online=False)
STALE = view("stale", [DRIVER], fields(kept=Int64, changed=Int64, dropped=Int64))
STALE_NOW = view("stale", [DRIVER], fields(kept=Int64, changed=String))
GONE = view("gone", [DRIVER], fields(gone_f=Int64))

ALL_TYPES_VIEW = view("alltypes", [DRIVER], fields(**{name: dtype for name, (dtype, _) in ALL_TYPES.items()}))
# The types that parquet carries, so that their bytes come from a real materialization.
PARQUET_TYPES = view(
    "parquet_types",
    [DRIVER],
    fields(
        p_bytes=Bytes, p_string=String, p_int32=Int32, p_int64=Int64, p_double=Float64, p_float=Float32,
        p_bool=Bool, p_ts=UnixTimestamp, pl_string=Array(String), pl_int32=Array(Int32), pl_int64=Array(Int64),
        pl_double=Array(Float64), pl_float=Array(Float32), pl_bool=Array(Bool), pl_bytes=Array(Bytes),
    ),
)  # fmt: skip

VIEWS = [
    DRIVER_STATS, DRIVER_STATS2, CUST_STATS, COMBO, LOC_STATS, GLOB, BLOB_STATS, MOMENT_STATS, REGION_STATS,
    UNTYPED_STATS, QUAD, WIDE, VECTORS, TIMES, LAST_DRIVER, ODD_NAME, UNICODE, COLON, TTL_ZERO, TTL_OLD, TTL_LONG,
    TTL_HALF, BATCH, STREAM, PUSHED, LABELS, NEVER, CREATED, GENERATED, BUSY, STATE_99, OFF, OFFLINE_ONLY, STALE,
    GONE, ALL_TYPES_VIEW, PARQUET_TYPES,
]  # fmt: skip

# The small subset for the repository with old entity keys.
KEYV2_VIEWS = [DRIVER_STATS, CUST_STATS, COMBO, LOC_STATS, GLOB, BLOB_STATS, MOMENT_STATS, QUAD]
