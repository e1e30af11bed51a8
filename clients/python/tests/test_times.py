"""Times of answers, up to where a datetime ends and beyond."""

from datetime import datetime, timezone

import pytest
from feast_sidecar_client import SidecarError
from feast_sidecar_client._proto.feast.serving.ServingService_pb2 import GetOnlineFeaturesResponse
from feast_sidecar_client._proto.feast.types.Value_pb2 import Int64List, Value, ZonedTimestamp
from feast_sidecar_client.online_features import OnlineFeatures, read_answer
from feast_sidecar_client.request import AskedColumns

LAST_S = 253402300799


def read(*values: Value) -> OnlineFeatures:
    response = GetOnlineFeaturesResponse()
    response.metadata.feature_names.val.append("at")
    response.results.add(values=values, statuses=[1] * len(values))
    return read_answer(response, None, AskedColumns(frozenset(), {}, False))


def test_the_last_second_and_no_time() -> None:
    answer = read(Value(unix_timestamp_val=LAST_S), Value(unix_timestamp_val=-(2**63)))
    assert answer["at"].values == [datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc), None]


@pytest.mark.parametrize("seconds", [LAST_S + 1, -62135596801, 2**62, -(2**62)])
def test_a_time_that_no_datetime_holds_is_named(seconds: int) -> None:
    for value in (
        Value(unix_timestamp_val=seconds),
        Value(unix_timestamp_list_val=Int64List(val=[0, seconds])),
        Value(zoned_timestamp_val=ZonedTimestamp(unix_timestamp=seconds, zone="Europe/Warsaw")),
    ):
        with pytest.raises(SidecarError) as raised:
            read(Value(unix_timestamp_val=0), value)
        assert raised.value.code == "OUT_OF_RANGE"
        assert raised.value.details.startswith(f"'at' holds in row 1 a time {seconds} s after the Unix epoch")
