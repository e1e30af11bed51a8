"""Golden entity keys, field hashes and timestamp field names, computed by Feast's own functions."""

import base64
import itertools

from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.helpers import _mmh3, compute_entity_id
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import StringList, Value

INT64_EDGES = [0, 1, -1, 127, 128, 255, 256, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63)]
INT32_EDGES = [0, 1, -1, 1001, 2**31 - 1, -(2**31)]
STRINGS = ["", "a", "alice", "5", "żółw🐢", "a\x00b", "\uffff", "\U00010000", "x" * 300, " padded "]
BLOBS = [b"", b"\x00", b"\x00\xff", bytes(range(256))]
SECONDS = [0, -1, 1700000000, 2**40, -(2**63)]


def tagged(value):
    """{"int64": "1"}, {"string": …}, {"bytes": base64}; {"unset": true} for a Value without a case."""
    case = value.WhichOneof("val")
    if case is None:
        return {"unset": True}
    content = getattr(value, case)
    if isinstance(content, bytes):
        content = base64.b64encode(content).decode()
    elif isinstance(content, (int, float)):
        content = str(content)
    elif not isinstance(content, str):
        content = str(content).strip()
    return {case.removesuffix("_val"): content}


def key_cases():
    """Join keys and values: every legal type at its edges, composites in every order, and types Feast refuses."""
    for number in INT64_EDGES:
        yield ["driver_id"], [Value(int64_val=number)]
    for number in INT32_EDGES:
        yield ["driver_id"], [Value(int32_val=number)]
    for text in STRINGS:
        yield ["user"], [Value(string_val=text)]
    for blob in BLOBS:
        yield ["blob"], [Value(bytes_val=blob)]
    for seconds in SECONDS:
        yield ["ts"], [Value(unix_timestamp_val=seconds)]
    yield [], []
    yield ["__dummy_id"], [Value(string_val="")]
    yield ["ключ🐢"], [Value(int64_val=7)]
    yield [""], [Value(int64_val=7)]
    parts = {
        "user_id": Value(string_val="u1"),
        "driver_id": Value(int64_val=7),
        "Region": Value(int32_val=-5),
        "at": Value(unix_timestamp_val=-1),
    }
    for names in itertools.permutations(parts, 2):
        yield list(names), [parts[name] for name in names]
    for names in list(itertools.permutations(parts))[::5]:
        yield list(names), [parts[name] for name in names]
    # Code point order and UTF-16 order disagree here.
    yield ["\uffff", "\U00010000"], [Value(int32_val=2), Value(int32_val=1)]
    yield ["\U00010000", "\ue000", "z"], [Value(int32_val=1), Value(int32_val=2), Value(string_val="z")]
    yield ["b", "A", "a", "_"], [Value(int32_val=n) for n in range(4)]
    yield ["k", "k"], [Value(int32_val=1), Value(int32_val=2)]
    for value in [
        Value(),
        Value(bool_val=True),
        Value(double_val=1.5),
        Value(float_val=1.5),
        Value(uuid_val="12345678-1234-5678-1234-567812345678"),
        Value(decimal_val="1.0"),
        Value(string_list_val=StringList(val=["a"])),
        Value(null_val=0),
    ]:
        yield ["bad"], [value]


def entity_keys():
    cases = []
    for names, values in key_cases():
        for version in (0, 1, 2, 3):
            case = {"version": version, "joinKeys": names, "values": [tagged(value) for value in values]}
            key = EntityKey(join_keys=names, entity_values=values)
            try:
                case["hex"] = serialize_entity_key(key, version).hex()
                case["entityId"] = compute_entity_id(key, version)
            except Exception as error:  # an error is a result here
                case["error"] = {"class": type(error).__name__, "text": str(error)}
            cases.append(case)
    return cases


def field_hashes():
    """Redis hash fields: murmur3 of `view:feature` in four little-endian bytes, and the name of the timestamp field."""
    pairs = [
        ("driver_stats", "conv_rate"), ("driver_hourly_stats", "acc_rate"), ("a", "b"), ("", ""), ("a", ""), ("", "b"),
        ("driver_stats_v2", "conv_rate"), ("__precomputed__svc", "vector"), ("żółw", "🐢"), ("odd__name", "x__y"),
        ("colon", "a:b"), ("v", "f" * 100), ("\x00", "\x00"), ("\U0010ffff", "ż ł"),
    ]  # fmt: skip
    pairs += [("abcdefghijklmnopq"[:n], "f") for n in range(1, 18)]
    pairs += [(f"view_{n}", f"feature_{n * 7919 % 1000}") for n in range(60)]
    return [
        {"view": view, "feature": feature, "hex": _mmh3(f"{view}:{feature}").hex(), "timestampField": f"_ts:{view}"}
        for view, feature in pairs
    ]
