"""Writes golden-values.json: what real Feast 0.67 makes of Values, times, responses and precomputed vectors.

    .venv/bin/python test/unit/assemble/make-golden.py > test/unit/assemble/golden-values.json
    node_modules/.bin/biome check --write test/unit/assemble/golden-values.json

Maps are serialized deterministically and printed with sorted keys, because Feast prints them in the arbitrary order of
protobuf's map. `json` is null where protobuf cannot parse the bytes or Feast fails on them.
"""

import base64
import json
import math
import random
import struct
from datetime import timedelta
from types import SimpleNamespace
from unittest import mock

from google.protobuf.timestamp_pb2 import Timestamp

from feast.feature_server_utils import (
    _timestamp_to_str,
    _value_to_native,
    _zoned_timestamp_to_str,
    convert_response_to_dict,
)
from feast.infra.online_stores.online_store import OnlineStore
from feast.protos.feast.core.PrecomputedFeatureVector_pb2 import PrecomputedFeatureVector
from feast.protos.feast.serving.ServingService_pb2 import GetOnlineFeaturesResponse
from feast.protos.feast.types.Value_pb2 import Value, ZonedTimestamp

rng = random.Random(67)
FIELDS = Value.DESCRIPTOR.oneofs_by_name["val"].fields


def b64(raw):
    return base64.b64encode(raw).decode()


def dump(native, sort=False):
    """As FastAPI's JSONResponse does."""
    return json.dumps(native, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort)


# --- random values of every case -------------------------------------------------------------------------------------

INTS = [0, 1, -1, 127, 128, 2**31 - 1, -(2**31)]
LONGS = INTS + [2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 1700000000]
DOUBLES = [0.0, -0.0, 1.0, 30.0, 0.1, 1e15, 9999999999999998.0, 1e16, 1e17, 1e22, 1e-4, 1e-5, 123456789012345680.0,
           5e-324, 1.7976931348623157e308, -2.5, 1 / 3, math.nan, math.inf, -math.inf]
TEXTS = ["", "plain", "ż\u00f3łw 🐢", 'quote " back \\ slash /', "\x00\x01\x1f\x7f\b\t\n\f\r", "\u2028\u2029", "é" * 40]


def random_double():
    choice = rng.random()
    if choice < 0.5:
        return rng.choice(DOUBLES)
    if choice < 0.8:
        return struct.unpack("<d", rng.randbytes(8))[0]
    return round(rng.uniform(-1000, 1000), rng.randint(0, 4))


def random_scalar(field):
    kind = field.cpp_type
    if field.type == field.TYPE_BYTES:
        return rng.randbytes(rng.randint(0, 7))
    if kind == field.CPPTYPE_STRING:
        return rng.choice(TEXTS)
    if kind == field.CPPTYPE_INT32:
        return rng.choice(INTS)
    if kind == field.CPPTYPE_INT64:
        return rng.choice(LONGS)
    if kind == field.CPPTYPE_BOOL:
        return rng.random() < 0.5
    if kind == field.CPPTYPE_DOUBLE:
        return random_double()
    if kind == field.CPPTYPE_FLOAT:
        return struct.unpack("<f", struct.pack("<f", rng.choice([0.1, 0.0, -0.0, 3.0, 1e20, 1e-7, math.nan, -math.inf])))[0]
    return 0


def fill(message, depth):
    """Random content; every oneof gets exactly one member."""
    fields = list(message.DESCRIPTOR.fields)
    for oneof in message.DESCRIPTOR.oneofs:
        chosen = rng.choice(oneof.fields)
        fields = [f for f in fields if f.containing_oneof is not oneof or f is chosen]
    for field in fields:
        set_field(message, field, depth)


def set_field(message, field, depth):
    target = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        for _ in range(rng.randint(0, 3)):
            # Protobuf's deterministic order puts "" last, Python's sort first.
            fill_value(target[rng.choice(TEXTS[1:])], depth + 1)
    elif field.is_repeated:
        for _ in range(rng.randint(0, 4)):
            if field.message_type is None:
                target.append(random_scalar(field))
            elif field.message_type is Value.DESCRIPTOR:
                fill_value(target.add(), depth + 1)
            else:
                fill(target.add(), depth + 1)
    elif field.message_type is None:
        setattr(message, field.name, random_scalar(field))
    elif field.message_type is ZonedTimestamp.DESCRIPTOR:
        target.unix_timestamp = rng.choice([0, 1700000000, -(2**63), 1720000000])
        target.zone = rng.choice(["", "America/New_York", "UTC", "+05:30", "UTC-07:00"])
    elif field.message_type is Value.DESCRIPTOR:
        fill_value(target, depth + 1)
    else:
        target.SetInParent()
        fill(target, depth)


def fill_value(value, depth=0):
    if depth > 0 and rng.random() < 0.1:
        return
    choices = [f for f in FIELDS if depth < 3 or f.message_type is None]
    set_field(value, rng.choice(choices), depth)


def judge(raw):
    """The text Feast prints for stored bytes, None where it fails."""
    try:
        value = Value.FromString(raw)
        return dump(_value_to_native(value), sort=True)
    except Exception:
        return None


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def nested_lists(levels):
    raw = Value(int64_val=1).SerializeToString()
    for _ in range(levels):
        raw = field(42, field(1, raw))
    return raw


def nested_maps(levels):
    raw = Value(int64_val=1).SerializeToString()
    for _ in range(levels):
        raw = field(20, field(1, field(1, b"k") + field(2, raw)))
    return raw


def nested_groups(levels):
    return b"\x0b" * levels + b"\x0c" * levels + b"\x20\x05"


HAND_MADE = {
    "empty": b"",
    "explicit null": b"\x98\x01\x00",
    "last of the oneof wins": b"\x20\x01" + field(2, b"a") + b"\x18\x07",
    "message overwritten by scalar": field(14, b"\x0a\x02\x01\x02") + b"\x20\x05",
    "null after a value": b"\x20\x05\x98\x01\x00",
    "same list twice merges": field(14, b"\x0a\x02\x01\x02") + field(14, b"\x08\x03"),
    "same list twice with another member between": field(14, b"\x08\x01") + b"\x20\x05" + field(14, b"\x08\x03"),
    "same map twice merges": field(20, field(1, field(1, b"a") + field(2, b"\x20\x01")))
    + field(20, field(1, field(1, b"b") + field(2, b"\x20\x02"))),
    "map key twice": field(20, field(1, field(1, b"a") + field(2, b"\x20\x01")) + field(1, field(1, b"a") + field(2, b"\x20\x02"))),
    "map key twice, first one broken": field(20, field(1, field(1, b"a") + field(2, b"\x20")) + field(1, field(1, b"a"))),
    "map entry without key": field(20, field(1, field(2, b"\x20\x01"))),
    "map entry without value": field(20, field(1, field(1, b"a"))),
    "map entry empty": field(20, field(1, b"")),
    "map entry value first": field(20, field(1, field(2, b"\x20\x01") + field(1, b"a"))),
    "map entry value twice merges": field(20, field(1, field(1, b"a") + field(2, b"\x20\x01") + field(2, field(14, b"\x08\x02")))),
    "map entry lists merge": field(20, field(1, field(2, field(14, b"\x08\x01")) + field(2, field(14, b"\x08\x02")))),
    "unpacked int64 list": field(14, b"\x08\x01\x08\x02"),
    "packed and unpacked": field(14, b"\x0a\x02\x01\x02\x08\x03\x0a\x01\x04"),
    "unpacked double list": field(15, b"\x09" + struct.pack("<d", 30.0)),
    "unpacked float list": field(16, b"\x0d" + struct.pack("<f", 0.1)),
    "packed double list cut": field(15, field(1, b"\x00" * 12)),
    "packed varint cut": field(14, field(1, b"\x01\x80")),
    "bool list of large varints": field(17, field(1, b"\x00\x01\x02\x80\x80\x80\x80\x10\x80\x00")),
    "string list of a foreign wire type": field(12, b"\x08\x01" + field(1, b"a")),
    "int32 from ten bytes": b"\x18\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    "int32 cut to 32 bits": b"\x18\x81\x80\x80\x80\x10",
    "int64 varint with too many bits": b"\x20" + b"\xff" * 9 + b"\x7f",
    "int64 varint of eleven bytes": b"\x20" + b"\xff" * 10 + b"\x01",
    "int64 not minimal": b"\x20\x85\x80\x00",
    "cut varint": b"\x20\x80",
    "cut string": b"\x12\x05ab",
    "cut double": b"\x29\x00\x00",
    "tag alone": b"\x20",
    "tag not minimal": b"\xa0\x80\x80\x80\x00\x01",
    "tag of six bytes": b"\xa0\x80\x80\x80\x80\x00\x01",
    "tag over 32 bits": b"\xa0\x80\x80\x80\x7f\x01",
    "field zero": b"\x00\x01",
    "wire type six": b"\x26\x01",
    "unknown field": b"\x48\x01\x20\x05",
    "unknown field 30": field(30, b"abc") + b"\x20\x05",
    "unknown huge field": b"\xfa\xff\xff\xff\x0f\x01a\x20\x05",
    "group passed over": b"\x0b\x20\x05\x0c\x20\x01",
    "group in group": b"\x0b\x13\x12\x01a\x14\x0c\x20\x01",
    "group ended wrongly": b"\x0b\x14",
    "group not ended": b"\x0b\x20\x01",
    "group end alone": b"\x0c",
    "known field, foreign wire type": b"\x22\x01\x05",
    "foreign wire type does not win": b"\x20\x05\x12\x01a\x25\x00\x00\x00\x00",
    "length not minimal": b"\x12\x81\x80\x00a",
    "length of six bytes": b"\x12\x81\x80\x80\x80\x80\x00a",
    "length past 32 bits": b"\x12\xff\xff\xff\xff\x7f",
    "length past the end": b"\x12\xff\xff\xff\xff\x07a",
    "latin-1 string": b"\x12\x01\xe9",
    "overlong UTF-8": b"\x12\x02\xc0\xaf",
    "surrogate in UTF-8": b"\x12\x03\xed\xa0\x80",
    "past U+10FFFF": b"\x12\x04\xf4\x90\x80\x80",
    "bad UTF-8 overwritten": b"\x12\x01\xe9\x20\x05",
    "bad UTF-8 in a list": field(12, field(1, b"ok") + field(1, b"\xff")),
    "bad UTF-8 in a map key": field(20, field(1, field(1, b"\xff"))),
    "bad UTF-8 in a zone": field(48, field(2, b"\xff")),
    "bad UTF-8 in a scalar map key": field(47, field(1, field(1, field(8, b"\xff")))),
    "bytes in a scalar map key": field(47, field(1, field(1, field(7, b"\xff")))),
    "broken value in a scalar map": field(47, field(1, field(2, b"\x20"))),
    "cut bytes overwritten": field(14, b"\x08") + b"\x20\x05",
    "zoned parts in two messages": field(48, b"\x08\x01") + field(48, field(2, b"+01:00")),
    "lists 50 deep": nested_lists(50),
    "lists 51 deep": nested_lists(51),
    "maps 33 deep": nested_maps(33),
    "maps 34 deep": nested_maps(34),
    "groups 100 deep": nested_groups(100),
    "groups 101 deep": nested_groups(101),
}


def golden_values():
    cases = [{"name": name, "value": b64(raw), "json": judge(raw)} for name, raw in HAND_MADE.items()]
    for number in DOUBLES:
        raw = Value(double_val=number).SerializeToString()
        cases.append({"name": f"double {number!r}", "value": b64(raw), "json": judge(raw)})
    for descriptor in FIELDS:
        for index in range(5):
            value = Value()
            set_field(value, descriptor, 0)
            raw = value.SerializeToString(deterministic=True)
            cases.append({"name": f"{descriptor.name} {index}", "value": b64(raw), "json": judge(raw)})
    for index in range(300):
        value = Value()
        fill_value(value)
        raw = bytearray(value.SerializeToString(deterministic=True))
        if len(raw) == 0 or len(raw) > 80:
            continue
        for _ in range(rng.randint(1, 2)):
            at = rng.randrange(len(raw))
            raw[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, raw[at] ^ 1 << rng.randrange(8), rng.randrange(256)])
        # Where a mutation makes or reorders map keys, the order of Feast's text is arbitrary.
        text = judge(bytes(raw))
        if text is None or "{" not in text:
            cases.append({"name": f"mutated {index}", "value": b64(bytes(raw)), "json": text})
    return cases


# --- times ----------------------------------------------------------------------------------------------------------

ZONES = ["", "UTC", "GMT", "Zulu", "Europe/Warsaw", "America/New_York", "US/Pacific", "Asia/Kolkata", "Asia/Kathmandu",
         "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Europe/Dublin", "EST", "EST5EDT", "CET", "Etc/GMT+5", "utc",
         "america/new_york", "europe/warsaw", "PST", "IST", "SystemV/PST8", "+05:30", "-0330", "UTC+05:30", "GMT-0300", " +01:00 ",
         "+23:59", "+24:00", "+00:99", "+5:30", "+05", "UTC+5", "Z", "Nowhere/City", "nonsense", "Europe/../Europe/Warsaw",
         "Europe/Warsaw ", "-00:00", "+05:30\n", "GMT+0", "Factory"]
INSTANTS = [0, 1, -1, 1700000000, 1720000000, -5000000000, -1000000000, 4102444800, 32503680000, -62135596800, 253402300799,
            253402300800, -62135596801, -30610224001, -30610224000, 2**63 - 1]


def golden_zoned():
    cases = []
    for zone in ZONES:
        for seconds in [1700000000, 1720000000] if zone else INSTANTS:
            cases.append((seconds, zone))
    for zone in ["Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "+23:59", "-23:59"]:
        cases.extend((seconds, zone) for seconds in INSTANTS)
    out = []
    for seconds, zone in cases:
        try:
            text = _zoned_timestamp_to_str(ZonedTimestamp(unix_timestamp=seconds, zone=zone))
        except Exception:
            text = None
        out.append({"seconds": str(seconds), "zone": zone, "text": text})
    return out


def golden_timestamps():
    out = []
    for seconds in INSTANTS:
        for nanos in [0, 1, 1000, 123456000, 500000000, 999999999, 120000000] if seconds == 1700000000 else [0, 1000000]:
            raw = Timestamp(seconds=seconds, nanos=nanos).SerializeToString()
            try:
                text = _timestamp_to_str(Timestamp.FromString(raw))
            except Exception:
                text = None
            out.append({"timestamp": b64(raw), "text": text})
    return out


# --- responses ------------------------------------------------------------------------------------------------------


def random_timestamp():
    if rng.random() < 0.2:
        return Timestamp()
    return Timestamp(seconds=rng.choice([1700000000, 1, 1720000000]), nanos=rng.choice([0, 0, 5000, 123456789]))


def flat_value():
    value = Value()
    while True:
        fill_value(value, 3)
        if len(value.SerializeToString()) < 200:
            return value


def golden_responses():
    cases = []
    for rows, echoes, views, versions in [
        (1, 1, [2], []),
        (3, 1, [2, 1], [("first", 0), ("second", 7)]),
        (2, 2, [3], [("", 3)]),
        (130, 1, [1], []),
        (4, 0, [2, 2], [("a", 300)]),
        (0, 1, [1], []),
    ]:
        response = GetOnlineFeaturesResponse()
        described = {"rows": rows, "echoes": [], "views": [], "versions": [list(version) for version in versions]}
        for index in range(echoes):
            name = f"key_{index}"
            response.metadata.feature_names.val.append(name)
            values = [Value(string_val=f"k{row}") if index else Value(int64_val=row) for row in range(rows)]
            response.results.add(values=values, statuses=[1] * rows, event_timestamps=[Timestamp()] * rows)
            described["echoes"].append({"name": name, "values": [b64(v.SerializeToString()) for v in values]})
        for view, count in enumerate(views):
            times = [random_timestamp() for _ in range(rows)]
            features = []
            for index in range(count):
                name = f'v{view}__ż"{index}'
                response.metadata.feature_names.val.append(name)
                values = [None if rng.random() < 0.2 else flat_value() for _ in range(rows)]
                response.results.add(
                    values=[Value() if v is None else v for v in values],
                    statuses=[3 if v is None else 1 for v in values],
                    event_timestamps=times,
                )
                cells = [None if v is None else b64(v.SerializeToString()) for v in values]
                features.append({"name": name, "cells": cells})
            described["views"].append({"timestamps": [b64(t.SerializeToString()) for t in times], "features": features})
        for name, version in versions:
            response.metadata.feature_view_metadata.add(name=name, version=version)
        described["response"] = b64(response.SerializeToString())
        described["json"] = dump(convert_response_to_dict(response))
        cases.append(described)
    return cases


# --- precomputed vectors ---------------------------------------------------------------------------------------------

NOW = 1700000000.75


def table(name, ttl_seconds):
    ttl = timedelta(seconds=ttl_seconds) if ttl_seconds else None
    return SimpleNamespace(ttl=ttl, projection=SimpleNamespace(name_to_use=lambda: name))


def vector(names, times, values=None):
    made = PrecomputedFeatureVector(feature_names=names)
    made.values.extend(values if values is not None else [Value(string_val=name) for name in names])
    for name, when in times:
        entry = made.fv_timestamps.add(feature_view_name=name)
        if when is not None:
            entry.event_timestamp.CopyFrom(Timestamp(seconds=when[0], nanos=when[1]))
    made.precomputed_at.CopyFrom(Timestamp(seconds=1699999999, nanos=rng.choice([0, 250000000])))
    return made.SerializeToString()


def golden_vectors():
    views = [("a", 100, ["x", "y__z"]), ("b", 0, ["x"]), ("c__d", 100, ["x"])]
    names = [f"{view}__{feature}" for view, _, features in views for feature in features]
    fresh, old = (1699999999, 0), (1, 0)
    edge, past = (1699999900, 750000000), (1699999900, 740000000)
    cases = [
        ("fresh", [vector(names, [("a", fresh), ("b", old), ("c__d", old)])], [[0]]),
        ("old view keeps its values", [vector(names, [("a", old), ("b", old)])], [[0]]),
        ("no entry, never old", [vector(names, [])], [[0]]),
        ("entry of the epoch", [vector(names, [("a", None)])], [[0]]),
        ("last entry counts", [vector(names, [("a", old), ("a", fresh)])], [[0]]),
        ("exactly the ttl", [vector(names, [("a", edge)])], [[0]]),
        ("just past the ttl", [vector(names, [("a", past)])], [[0]]),
        ("other order, repeated keys", [vector(names[::-1], [("a", old)]), vector(names[::-1], [("a", fresh)])], [[0, 2], [1]]),
        ("unset values", [vector(names, [("a", fresh)], [Value(), Value(int64_val=2**60), Value(), Value(double_val=3)])], [[0]]),
        ("order differs between keys", [vector(names, []), vector(names[::-1], [])], [[0], [1]]),
        ("name missing", [vector(names[:-1], [])], [[0]]),
        ("name too many", [vector(names + ["a__w"], [])], [[0]]),
        ("short names", [vector(["x", "y__z", "x", "x"], [])], [[0]]),
        ("second one missing", [vector(names, []), None], [[0], [1]]),
        ("not a vector", [b"\x0a\x05ab"], [[0]]),
        ("names repeated", [vector(names + names[:1], [])], [[0]]),
        ("names repeated, two keys", [vector(names + names[:1], [])] * 2, [[0], [1]]),
        ("too few values", [vector(names, [], [Value(int64_val=1)])], [[0]]),
    ]
    out = []
    for name, blobs, rows in cases:
        response = GetOnlineFeaturesResponse()
        count = sum(map(len, rows))
        tables = [(table(view, ttl), features) for view, ttl, features in views]
        try:
            with mock.patch("time.time", return_value=NOW):
                fine = OnlineStore._try_precomputed_fast_path(blobs, names, response, True, count, rows, tables, None, "p")
        except Exception:
            fine = False
        row_to_key = [next(key for key, wanted in enumerate(rows) if row in wanted) for row in range(count)]
        out.append(
            {
                "name": name,
                "vectors": [None if blob is None else b64(Value(bytes_val=blob).SerializeToString()) for blob in blobs],
                "rowToKey": row_to_key,
                "response": b64(response.SerializeToString()) if fine else None,
            }
        )
    outputs = [{"name": f"{v}__{f}", "ttlSeconds": ttl} for v, ttl, features in views for f in features]
    return {"nowSeconds": NOW, "outputs": outputs, "cases": out}


print(
    json.dumps(
        {
            "values": golden_values(),
            "zoned": golden_zoned(),
            "timestamps": golden_timestamps(),
            "responses": golden_responses(),
            "vectors": golden_vectors(),
        },
        ensure_ascii=False,
    )
)
