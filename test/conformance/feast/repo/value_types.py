"""Columns for every value type that Feast 0.67 stores: name -> (dtype, one value per row of `alltypes`).

Rows: 1 ordinary, 2 zero and empty, 3 null, 4 and 5 extremes, 6 odd shapes.
"""

import uuid
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from feast.protos.feast.types.Value_pb2 import Value
from feast.types import (
    Array,
    Bool,
    Bytes,
    Float32,
    Float64,
    ImageBytes,
    Int32,
    Int64,
    Json,
    Map,
    PdfBytes,
    ScalarMap,
    Set,
    String,
    Struct,
    TimeUuid,
    UnixTimestamp,
    Uuid,
    ZonedTimestamp,
)
from feast.types import Decimal as DecimalType

DRIVERS = [1, 2, 3, 4, 5, 6]
NAN, INF = float("nan"), float("inf")
U1 = uuid.UUID("12345678-1234-5678-1234-567812345678")
T1 = uuid.UUID("c9aec822-6f1e-11ee-b962-0242ac120002")
U0 = uuid.UUID(int=0)
TS1 = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc)
TS0 = datetime(1970, 1, 1, tzinfo=timezone.utc)
OLD = datetime(1901, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
FAR = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
UNICODE = "żółw 🐢 \u2028 \" \\ / \x00\x1f\x7f é"
F32 = np.float32
# A scalar NaN counts as null when written; a ready Value passes through (feast/type_map.py:_convert_scalar_values_to_proto).
NAN64, NAN32 = Value(double_val=NAN), Value(float_val=NAN)

SCALARS = {
    "f_bytes": (Bytes, [b"\x00\xff", b"", None, bytes(range(256)), b"\xc3\x28", "ż".encode()]),
    "f_pdf": (PdfBytes, [b"%PDF-1.7", b"", None, b"\x80", b"a", b"ab"]),
    "f_image": (ImageBytes, [b"\x89PNG", b"", None, b"\xfe", b"abc", b"abcd"]),
    "f_string": (String, ["Oslo", "", None, UNICODE, "\ud7ff\ue000\U0010ffff", "</script>\t\r\n\b\f"]),
    "f_int32": (Int32, [7, 0, None, 2**31 - 1, -(2**31), -1]),
    "f_int64": (Int64, [2**60 + 1, 0, None, 2**63 - 1, -(2**63), 2**53 + 1]),
    "f_double": (Float64, [0.1, 0.0, None, 1.7976931348623157e308, NAN64, -0.0]),
    "f_double2": (Float64, [1e16, 1e-5, 1e22, 5e-324, INF, -INF]),
    "f_double3": (Float64, [30.0, 123456789012345680.0, 9007199254740993.0, 1e21, 0.0001, 2.5e-7]),
    "f_float": (Float32, [F32(0.1), F32(0), None, F32(3.4028235e38), NAN32, F32(-0.0)]),
    "f_float2": (Float32, [F32(1e16), F32(1e-5), F32(1e22), F32(1e-45), INF, -INF]),
    "f_bool": (Bool, [True, False, None, True, False, True]),
    "f_ts": (UnixTimestamp, [TS1, TS0, None, FAR, OLD, TS1 + timedelta(microseconds=999999)]),
    # The null sentinel of a timestamp.
    "f_ts_nat": (UnixTimestamp, [np.datetime64(t, "s") for t in ("2024-05-06T07:08:09", 0, "NaT", "NaT", -1, 1)]),
    "f_json": (Json, ['{"a":1}', "{}", None, '[1.0, "ż", null]', '"text"', '{"z": {"y": [true]}}']),
    "f_uuid": (Uuid, [U1, U0, None, uuid.UUID(int=2**128 - 1), U1, U1]),
    "f_timeuuid": (TimeUuid, [T1, U0, None, T1, T1, T1]),
    "f_decimal": (DecimalType, [Decimal("1.10"), Decimal(0), None, Decimal("1E+50"), Decimal("-0.00"), Decimal("12345678901234567890.123456789")]),
    "f_zoned": (
        ZonedTimestamp,
        [
            datetime(2023, 11, 14, 17, 13, 20, tzinfo=ZoneInfo("America/New_York")),
            TS0,
            None,
            datetime(2024, 7, 1, 12, 0, tzinfo=ZoneInfo("Asia/Kathmandu")),
            datetime(1950, 6, 1, 0, 0, 1, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
            datetime(2024, 3, 31, 1, 0),
        ],
    ),
}

LISTS = {
    "l_bytes": (Array(Bytes), [[b"a", b"\xff"], [], None, [b""], [b"\x00" * 3], [b"a"] * 5]),
    "l_string": (Array(String), [["a", "ż🐢"], [], None, [""], [UNICODE], ["x", "x"]]),
    "l_int32": (Array(Int32), [[1, -1], [], None, [2**31 - 1, -(2**31)], [0], [0, 0]]),
    "l_int64": (Array(Int64), [[2**60 + 1, -1], [], None, [2**63 - 1, -(2**63)], [0], [2**53 + 1]]),
    "l_double": (Array(Float64), [[1.0, 2.5], [], None, [NAN, INF, -INF], [-0.0, 1e16], [0.1, 1e22]]),
    "l_float": (Array(Float32), [[F32(0.1), F32(2)], [], None, [NAN, INF], [F32(-0.0)], [F32(1e-45), F32(16777216)]]),
    "l_bool": (Array(Bool), [[True, False], [], None, [False], [True], [True, True]]),
    "l_ts": (Array(UnixTimestamp), [[TS1, TS0], [], None, [FAR], [OLD], [TS0, TS0]]),
    "l_map": (Array(Map), [[{"a": 1}, {"b": "x"}], [], None, [{}], [{"n": {"z": [1, 2]}}], [{"a": None}]]),
    "l_json": (Array(Json), [['{"a":1}', "[]"], [], None, ["null"], ['"x"'], ["1", "2.0"]]),
    "l_uuid": (Array(Uuid), [[U1, U0], [], None, [U0], [U1], [U1, U1]]),
    "l_timeuuid": (Array(TimeUuid), [[T1], [], None, [U0], [T1], [T1, T1]]),
    "l_decimal": (Array(DecimalType), [[Decimal("1.10")], [], None, [Decimal("1E-30")], [Decimal(0)], [Decimal(-1)]]),
    "l_nested": (Array(Array(Int64)), [[[1, 2], [3]], [], None, [[]], [[2**60 + 1], []], [[1], [], [2]]]),
    "l_nested3": (Array(Array(Array(String))), [[[["a"], ["b"]]], [], None, [[[]]], [[["ż"]]], [[], [["x"]]]]),
    "l_sets": (Array(Set(String)), [[{"a"}, {"b"}], [], None, [set()], [{"ż"}], [{"x"}]]),
}

# One element each where it matters: the order of a Python set differs between processes.
SETS = {
    "s_bytes": (Set(Bytes), [{b"a"}, set(), None, {b"\xff"}, {b""}, {b"a", b"b"}]),
    "s_string": (Set(String), [{"x"}, set(), None, {"ż"}, {""}, {"a", "b", "c"}]),
    "s_int32": (Set(Int32), [{1}, set(), None, {-(2**31)}, {0}, {1, 2, 3}]),
    "s_int64": (Set(Int64), [{2**60 + 1}, set(), None, {2**63 - 1}, {0}, {-1, 5}]),
    "s_double": (Set(Float64), [{1.0}, set(), None, {INF}, {NAN}, {0.5, 2.0}]),
    "s_float": (Set(Float32), [{F32(0.1)}, set(), None, {INF}, {F32(0)}, {F32(0.5), F32(2)}]),
    "s_bool": (Set(Bool), [{True}, set(), None, {False}, {True}, {True, False}]),
    "s_ts": (Set(UnixTimestamp), [{TS1}, set(), None, {OLD}, {TS0}, {TS1, TS0}]),
    "s_uuid": (Set(Uuid), [{U1}, set(), None, {U0}, {U1}, {U1, U0}]),
    "s_timeuuid": (Set(TimeUuid), [{T1}, set(), None, {U0}, {T1}, {T1}]),
    "s_decimal": (Set(DecimalType), [{Decimal("1.10")}, set(), None, {Decimal(0)}, {Decimal(-1)}, {Decimal(1), Decimal(2)}]),
    "s_nested": (Set(Array(Int64)), [[[1, 2]], [], None, [[]], [[0]], [[1], [2]]]),
}

MAPS = {
    "m_map": (Map, [{"k": 1, "n": {"z": [1, 2]}}, {}, None, {"ż": "🐢", "": 0.5}, {"null": None}, {"l": [{"a": 1}, {"b": 2.0}], "t": TS1}]),
    "m_struct": (Struct({"a": Int64, "b": String}), [{"a": 1, "b": "x"}, {}, None, {"a": 2**60 + 1}, {"b": ""}, {"a": None, "b": None}]),
    "m_structs": (Array(Struct({"a": Int64})), [[{"a": 1}, {"a": 2}], [], None, [{}], [{"a": -1}], [{"a": 0}]]),
    "m_scalar": (ScalarMap, [{1: "a", 2: "b"}, {}, None, {U1: 1.5}, {b"\xff": None}, {0.5: [1, 2]}]),
}

ALL_TYPES = {**SCALARS, **LISTS, **SETS, **MAPS}
