"""Writes rows into an applied repository with Feast's own writers."""

import contextlib
import io
import os
from datetime import datetime, timezone

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from feast.feature_view import DUMMY_ENTITY_ID
from feast.on_demand_feature_view import OnDemandFeatureView
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.type_map import python_values_to_proto_values
from feast.types import Array, Bool, Bytes, Float32, Float64, Int32, Int64, String, UnixTimestamp

START = datetime(1900, 1, 1, tzinfo=timezone.utc)
END = datetime(2025, 1, 1, tzinfo=timezone.utc)

ARROW_TYPES = {
    Bytes: pa.binary(),
    String: pa.string(),
    Int32: pa.int32(),
    Int64: pa.int64(),
    Float32: pa.float32(),
    Float64: pa.float64(),
    Bool: pa.bool_(),
    UnixTimestamp: pa.timestamp("us", tz="UTC"),
}


def arrow_type(dtype):
    return pa.list_(arrow_type(dtype.base_type)) if isinstance(dtype, Array) else ARROW_TYPES[dtype]


@contextlib.contextmanager
def quiet():
    """Feast prints progress bars for each view; keep them out of the build's output."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def schema_types(view):
    """Column name -> Feast dtype, keys included."""
    return {field.name: field.dtype for field in [*view.entity_columns, *view.features]}


def write_parquet(root, view, rows):
    """Writes the source file of a view; Feast adds the key of an entityless view itself."""
    types = schema_types(view)
    arrays = {
        name: pa.array(values, arrow_type(types[name]))
        for name, values in rows.columns.items()
        if name != DUMMY_ENTITY_ID
    }
    arrays["event_timestamp"] = pa.array(rows.events, pa.timestamp("us", tz="UTC"))
    path = os.path.join(root, view.batch_source.path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pq.write_table(pa.table(arrays), path)


def write_values(store, view, rows):
    """Converts each column with Feast's converter and hands the rows to the online store's batch writer."""
    types = schema_types(view)
    protos = {
        name: python_values_to_proto_values(values, types[name].to_value_type())
        for name, values in rows.columns.items()
    }
    keys = [column.name for column in view.entity_columns]
    features = [name for name in protos if name not in keys]
    batch = [
        (
            EntityKey(join_keys=keys, entity_values=[protos[key][i] for key in keys]),
            {name: protos[name][i] for name in features},
            event,
            None,
        )
        for i, event in enumerate(rows.events)
    ]
    store._get_provider().online_write_batch(store.config, view, batch, None)


def push_rows(store, view, rows):
    """Pushes rows through the view's push source, as a stream job would."""
    frame = pd.DataFrame(rows.columns)
    frame["event_timestamp"] = rows.events
    store.push(f"{view.name}_push", frame)


def load_all(store, root, loads):
    """Loads every set of rows, then materializes the parquet-backed views in one run."""
    materialized = []
    for rows in loads:
        view = store.registry.get_any_feature_view(rows.view, store.project)
        assert not isinstance(view, OnDemandFeatureView), rows.view
        if rows.how == "parquet":
            write_parquet(root, view, rows)
            materialized.append(rows.view)
        elif rows.how == "push":
            push_rows(store, view, rows)
        else:
            write_values(store, view, rows)
    if materialized:
        with quiet():
            store.materialize(START, END, feature_views=materialized)
