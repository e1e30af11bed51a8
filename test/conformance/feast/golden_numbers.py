"""Golden printing of numbers and times, by the functions behind Feast's JSON answers."""

import json
import math
import random
import struct

from feast.feature_server_utils import _timestamp_to_str, _value_to_native
from feast.protos.feast.types.Value_pb2 import Value, ZonedTimestamp
from google.protobuf.timestamp_pb2 import Timestamp

DOUBLES = [
    0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.3, 0.5, 1.5, 30.0, 100.0, 1e15, 1e16, 1e17, 1e20, 1e21, 1e22, 1e23, 123456789012345680.0,
    9007199254740991.0, 9007199254740992.0, 9007199254740993.0, 9999999999999998.0, 99999999999999990.0, 1e-3, 1e-4, 1e-5, 1e-6,
    1e-7, 0.00012345, 0.000012345, 1.0000000000000002, 0.9999999999999999, 5e-324, 1e-323, 2.2250738585072014e-308,
    2.225073858507201e-308, 1.7976931348623157e308, -1.7976931348623157e308, 1e100, 1e-100, 123e45, math.pi, math.e, 1 / 3, 2 / 3,
    4.35, 0.1 + 0.2, 2.5e-7, 1.1e-5, 12345.678, 1e308, 4.9406564584124654e-324, 8.41e21, 2.0**70, 2.0**-70, 5e15, 5e16, 9.5e15,
    math.nan, math.inf, -math.inf,
]  # fmt: skip
FLOATS = [
    0.0, -0.0, 1.0, 0.1, 0.2, 0.3, 1 / 3, 1e16, 1e-5, 1e22, 3.4028234663852886e38, 1.401298464324817e-45, 1.1754943508222875e-38,
    16777216.0, 16777217.0, 33554433.0, 1e-4, 1e15, 123456.79, 0.5, 2.5, 30.0, math.nan, math.inf, -math.inf,
]  # fmt: skip


def printed(value):
    """The JSON text of one value, as FastAPI's JSONResponse prints it."""
    return json.dumps(_value_to_native(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def floats():
    """Bits (hex, big-endian) and the text they are printed as: chosen and random doubles, and widened float32."""
    rng = random.Random(20261124)
    doubles = [struct.pack(">d", number) for number in DOUBLES]
    doubles += [rng.randbytes(8) for _ in range(120)]
    doubles += [struct.pack(">d", round(rng.uniform(-1000, 1000), rng.randrange(6))) for _ in range(60)]
    doubles += [struct.pack(">d", float(rng.randrange(-(10**18), 10**18))) for _ in range(30)]
    doubles += [struct.pack(">Q", rng.getrandbits(52)) for _ in range(15)]
    singles = [struct.pack(">f", number) for number in FLOATS]
    singles += [rng.randbytes(4) for _ in range(60)] + [struct.pack(">I", rng.getrandbits(23)) for _ in range(10)]
    return {
        "double": [{"bits": b.hex(), "text": printed(Value(double_val=struct.unpack(">d", b)[0]))} for b in doubles],
        "float": [{"bits": b.hex(), "text": printed(Value(float_val=struct.unpack(">f", b)[0]))} for b in singles],
    }


SECONDS = [
    0, 1, -1, 1700000000, 1704067200, 1709164800, 951782400, -62135596800, -62135596801, -30610224000, -59011459200, 253402300799,
    253402300800, -2208988800, 4102444800, 86399, 86400, -86400, 2**31, -(2**31), 2**33,
]  # fmt: skip
NANOS = [0, 1, 1000, 1_000_000, 123_456_789, 120_000_000, 123_456_000, 999_999_999, 100, 500_000_000]


def attempt(make):
    try:
        return {"text": make()}
    except Exception as error:  # an error is a result here
        return {"error": {"class": type(error).__name__, "text": str(error)}}


def timestamps():
    cases = [(s, 0) for s in SECONDS] + [(1704067200, n) for n in NANOS] + [(0, n) for n in NANOS] + [(-1, n) for n in NANOS]
    return [
        {"seconds": str(s), "nanos": n, **attempt(lambda: _timestamp_to_str(Timestamp(seconds=s, nanos=n)))}
        for s, n in cases
    ]


ZONES = [
    "", "UTC", "GMT", "utc", "Z", "Etc/UTC", "America/New_York", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe",
    "Europe/Warsaw", "Pacific/Apia", "+05:30", "-09:30", "+0530", "-0930", "UTC+05:30", "GMT-03:00", "UTC+0530", "UTC+5", "+5:30",
    "UTC-00:00", "+00:00", "+23:59", "+24:00", "-23:59", "+14:60", "bogus", "EST", "america/new_york", "UTC+05:30:15", "+05:30 ",
    "Europe/../Europe/Warsaw", "/etc/passwd",
]  # fmt: skip
ZONED_SECONDS = [0, 1700000000, 1711846800, 1711850400, 1720000000, -1, -2524521600, -5000000000, 253402300799, -62135596800, 4102444800]


def zoned_timestamps():
    cases = [(1700000000, zone) for zone in ZONES]
    cases += [(s, zone) for zone in ("Europe/Warsaw", "America/New_York", "", "+05:30") for s in ZONED_SECONDS]
    cases += [(-(2**63), "UTC"), (-(2**63), ""), (2**62, "UTC")]
    out = []
    for seconds, zone in cases:
        value = Value(zoned_timestamp_val=ZonedTimestamp(unix_timestamp=seconds, zone=zone))
        out.append({"seconds": str(seconds), "zone": zone, **attempt(lambda: _value_to_native(value))})
    return out
