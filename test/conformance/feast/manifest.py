"""Describes a built repository for machines: what a random request may ask for, read back from the real registry."""

import base64
import warnings

from feast.on_demand_feature_view import OnDemandFeatureView
from feast.type_map import python_values_to_proto_values
from feast.value_type import ValueType

# Keys that no row has, per type.
ABSENT = {
    "INT64": [-9223372036854775808, 0, 999, 9223372036854775807],
    "INT32": [-2147483648, 0, 999, 2147483647],
    "STRING": ["nobody", "C1", " c1", "🐢"],
    "BYTES": [b"\xff", b"nobody"],
    "UNIX_TIMESTAMP": [1, 253402300799],
}
TAGS = {"INT64": "int64", "INT32": "int32", "STRING": "string", "BYTES": "bytes", "UNIX_TIMESTAMP": "unix_timestamp"}


def tagged(value_type, value):
    """A key value that survives JSON: {"int64": "9007199254740993"}, {"bytes": base64}, {"string": …}."""
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, str):
        return {"string": value}
    if value_type == "UNIX_TIMESTAMP" and not isinstance(value, int):
        value = python_values_to_proto_values([value], ValueType.UNIX_TIMESTAMP)[0].unix_timestamp_val
    return {TAGS[value_type]: str(value)}


def columns(fields):
    return [{"name": field.name, "type": field.dtype.to_value_type().name} for field in fields]


def plain(value):
    """The Python value of a tagged key, as the SDK takes it."""
    ((tag, text),) = value.items()
    return base64.b64decode(text) if tag == "bytes" else text if tag == "string" else int(text)


def probe(store, features, row, full):
    """Error text of real Feast for one row, or None when it answers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            store.get_online_features(features=features, entity_rows=[row], full_feature_names=full)
    except Exception as error:  # any failure is a result here
        return f"{type(error).__name__}: {error}"
    return None


def view_entry(view, loads):
    """One view; `rows` are its stored key tuples."""
    keys = view.entity_columns
    state = getattr(view, "state", None)
    rows = []
    for rows_of in loads:
        if rows_of.view == view.name and not isinstance(view, OnDemandFeatureView):
            for i in range(len(rows_of.events)):
                rows.append({k.name: tagged(k.dtype.to_value_type().name, rows_of.columns[k.name][i]) for k in keys})
    entry = {
        "name": view.name,
        "kind": type(view).__name__,
        "entities": list(view.entities),
        "joinKeys": columns(keys),
        "features": columns(view.features),
        "ttlSeconds": int(view.ttl.total_seconds()) if getattr(view, "ttl", None) else 0,
        "state": state.name if state is not None else None,
        "disabled": not getattr(view, "enabled", True),
        "online": getattr(view, "online", True),
        "currentVersion": view.current_version_number,
        "rows": rows,
    }
    if isinstance(view, OnDemandFeatureView):
        entry["stored"] = view.write_to_online_store
        entry["mode"] = view.mode
        entry["singleton"] = view.singleton
        entry["sources"] = [p.name for p in view.source_feature_view_projections.values()]
        entry["requestFields"] = [{"name": n, "type": t.name} for n, t in view.get_request_data_schema().items()]
        if view.write_to_online_store:
            entry["rows"] = [
                {"driver_id": tagged("INT64", driver)} for driver in (1, 2) if any(c.name == "driver_id" for c in keys)
            ]
    return entry


def request_columns(views, uses):
    """Columns that a request over (view, join key map) pairs needs: name, type, and the key it stands for."""
    found = {}
    for name, key_map in uses:
        view = views[name]
        for source in view.get("sources", []) if not view.get("stored") else []:
            for column in request_columns(views, [(source, {})]):
                found.setdefault(column["name"], column)
        for field in view.get("requestFields", []) if not view.get("stored") else []:
            found.setdefault(field["name"], {**field, "key": None})
        for key in view["joinKeys"] if "mode" not in view or view["stored"] else []:
            if key["name"] != "__dummy_id":
                column = key_map.get(key["name"], key["name"])
                found.setdefault(column, {"name": column, "type": key["type"], "key": key["name"]})
    return list(found.values())


def service_entry(service, views):
    known = [(p.name, p.join_key_map) for p in service.feature_view_projections if p.name in views]
    return {
        "name": service.name,
        "precompute": service.precompute_online,
        "columns": request_columns(views, known),
        "projections": [
            {
                "view": p.name,
                "alias": p.name_alias,
                "version": p.version_tag,
                "nameToUse": p.name_to_use(),
                "joinKeyMap": dict(p.join_key_map),
                "features": columns(p.features),
            }
            for p in service.feature_view_projections
        ],
    }


def sample_row(entry_columns, keys):
    """One row for a probe: a stored key where there is one. Entityless requests still need a column to count rows by."""
    row = {"driver_id": 1}
    for column in entry_columns:
        key = keys.get(column["key"])
        if key is None:
            row[column["name"]] = "x" if column["type"] == "STRING" else 1
        else:
            row[column["name"]] = plain((key["present"] or key["absent"])[0])
    return row


def describe(store, loads, versions=None):
    """The manifest of one applied and loaded repository; `store` must have a fresh registry."""
    views = [view_entry(view, loads) for view in store.list_all_feature_views()]
    keys = {}
    for entry in views:
        for key in entry["joinKeys"]:
            found = keys.setdefault(key["name"], {"type": key["type"], "present": [], "absent": []})
            for row in entry["rows"]:
                if key["name"] in row and row[key["name"]] not in found["present"]:
                    found["present"].append(row[key["name"]])
    for key in keys.values():
        every = [tagged(key["type"], value) for value in ABSENT[key["type"]]]
        key["absent"] = [value for value in every if value not in key["present"]]
    by_name = {entry["name"]: entry for entry in views}
    services = [service_entry(service, by_name) for service in store.list_feature_services()]
    for entry in views:
        entry["columns"] = request_columns(by_name, [(entry["name"], {})])
        ref = f"{entry['name']}:{entry['features'][0]['name']}"
        entry["error"] = probe(store, [ref], sample_row(entry["columns"], keys), False)
    for entry in services:
        row = sample_row(entry["columns"], keys)
        service = store.get_feature_service(entry["name"])
        entry["error"] = probe(store, service, row, False)
        entry["fullError"] = probe(store, service, row, True)
    return {
        "project": store.project,
        "store": store.config.online_store.type,
        "keyVersion": store.config.entity_key_serialization_version,
        "versioning": store.config.registry.enable_online_feature_view_versioning,
        "entities": [{"name": e.name, "joinKey": e.join_key} for e in store.list_entities()],
        "views": sorted(views, key=lambda v: v["name"]),
        "keys": keys,
        "services": sorted(services, key=lambda s: s["name"]),
        "viewVersions": versions or {},
    }
