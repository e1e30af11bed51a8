"""Rows to load, with fixed event times. `parquet` goes through `feast materialize`, `values` through the store's writer."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from repo.value_types import ALL_TYPES, DRIVERS

NEW_YEAR = datetime(2024, 1, 1, tzinfo=timezone.utc)
DAY_TWO = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Load:
    """Rows of one view: column name -> values, plus one event time per row."""

    view: str
    how: str  # parquet | values | push
    columns: dict
    events: list


def load(view, how="parquet", event=NEW_YEAR, events=None, **columns):
    count = len(next(iter(columns.values())))
    return Load(view, how, columns, events or [event] * count)


def ts(seconds):
    return EPOCH + timedelta(seconds=seconds)


def wide_columns():
    """24 features over 10 drivers, a null at every seventh cell, all derived from the position."""
    columns = {"driver_id": list(range(1, 11))}
    make = [lambda n: n * 1_000_003 - 2**54, lambda n: n / 7, lambda n: f"w-{n}-ż", lambda n: n / 3]
    for i in range(24):
        columns[f"w{i:02d}"] = [None if (d * 24 + i) % 7 == 0 else make[i % 4](d * 24 + i) for d in range(10)]
    return columns


LOADS = [
    load("driver_stats", event=DAY_TWO, driver_id=[1, 2], conv_rate=[0.5, 0.25], acc_rate=[0.1, 0.2], trips=[10, 20], tag=["a", None]),
    load("driver_stats2", driver_id=[1, 2], trips=[11, 21], other=[7, 8]),
    load("cust_stats", customer_id=["c1", "5", "ż", "", "True", "5.0"], spend=[1.5, 2.5, 3.5, 4.5, 5.5, 6.5]),
    load("combo", driver_id=[1, 1, 2], customer_id=["c1", "5", "c1"], cnt=[3, 4, 5]),
    load("loc_stats", location_id=[1, 2, -7], temp=[30.0, 10.0, None]),
    load("glob", __dummy_id=[""], rate=[0.75], label=["world"]),
    load("blob_stats", "values", blob_id=[b"\x00\xff", b"", b"abc"], size=[2, 0, 3], head=[b"\x00", None, b"a"]),
    load("moment_stats", "values", moment_ts=[ts(1700000000), ts(0), ts(-1)], load=[0.1, 0.2, None]),
    load("region_stats", Region=["eu", "us", "ż"], people=[2**53 + 1, 0, -1]),
    load("untyped_stats", untyped_id=[1, 2**60], level=[5, -5]),
    load(
        "quad", "values",
        Region=["eu", "us"], moment_ts=[ts(1700000000), ts(0)], driver_id=[1, 2**60], location_id=[-7, 2],
        quad_cnt=[1, 2], quad_tag=["first", None],
    ),
    load("wide", **wide_columns()),
    load("vectors", driver_id=[1, 2, 3], embedding=[[i / 64 for i in range(64)], [0.0] * 4, None], words=[["a", "ż"], [], None], ids=[[2**60], [1, 2], [0]]),
    load(
        "times", "values",
        events=[
            NEW_YEAR + timedelta(microseconds=123456), NEW_YEAR + timedelta(milliseconds=120), EPOCH,
            EPOCH - timedelta(microseconds=500000), datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc),
            datetime(1901, 1, 1, tzinfo=timezone.utc),
        ],
        driver_id=[1, 2, 3, 4, 5, 6], at=["micro", "milli", "epoch", "before", "far", "old"],
    ),
    load("last_driver", customer_id=["c1", "5"], driver_id=[1, None], since=[DAY_TWO, None]),
    load("odd__name", driver_id=[1, 2], x__y=[1, 2]),
    load("żółw", **{"customer_id": ["c1", "ż"], "🐢": ["slow", "żółw"], "ż ł": [1, 2]}),
    load("colon", **{"driver_id": [1], "a:b": [12], "a": [34]}),
    load("ttl_zero", driver_id=[1, 2], z=[1, 2]),
    load("ttl_old", driver_id=[1, 2], o=[5, None]),
    load("ttl_long", driver_id=[1, 2], y=[8, 9]),
    load("ttl_half", driver_id=[1], h=[1]),
    load("batch_view", driver_id=[1, 2], b=[31, 32]),
    load("stream_view", "push", driver_id=[1, 2], s=[0.5, -0.0]),
    load("pushed", "push", driver_id=[1, 2], p=[41, 2**60 + 1], q=[True, False]),
    load("labels", "push", driver_id=[1, 2], verdict=["good", "bad"], labeler=["ann", "bob"]),
    load("busy", driver_id=[1], m=[1]),
    load("state_99", driver_id=[1], st=[1]),
    load("generated", "values", driver_id=[1], g=[1]),
    load("created", "values", driver_id=[1], c=[1]),
    load("off", driver_id=[1], d=[1]),
    load("stale", driver_id=[1], kept=[1], changed=[2], dropped=[3]),
    load("gone", driver_id=[1], gone_f=[1]),
    load("alltypes", "values", driver_id=DRIVERS, **{name: values for name, (_, values) in ALL_TYPES.items()}),
    load(
        "parquet_types",
        driver_id=[1, 2, 3],
        p_bytes=[b"\x00\xff", b"", None], p_string=["ż", "", None], p_int32=[-1, 0, None], p_int64=[2**60 + 1, 0, None],
        p_double=[0.1, 0.0, None], p_float=[0.1, 0.0, None], p_bool=[True, False, None], p_ts=[DAY_TWO, EPOCH, None],
        pl_string=[["a", "ż"], [], None], pl_int32=[[1, -1], [], None], pl_int64=[[2**60 + 1], [], None],
        pl_double=[[1.0, 0.1], [], None], pl_float=[[0.1], [], None], pl_bool=[[True, False], [], None],
        pl_bytes=[[b"\xff"], [], None],
    ),
]  # fmt: skip

# A row that is in the store although the feature was added later: SQLite answers NOT_FOUND with the row's event time.
PARTIAL = load("driver_stats2", "values", driver_id=[9], trips=[91])

# Same view name and keys in another project of the same registry and store.
OTHER_PROJECT = [load("driver_stats", driver_id=[1, 3], conv_rate=[9.5, 9.25], acc_rate=[9.1, 9.2], trips=[910, 930], tag=["other", "o"])]

KEYV2_VIEWS = ["driver_stats", "cust_stats", "combo", "loc_stats", "glob", "blob_stats", "moment_stats", "quad"]
