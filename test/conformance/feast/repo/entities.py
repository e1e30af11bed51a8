"""One entity for every key type that Feast can serialize (feast/infra/key_encoding_utils.py:_serialize_val)."""

from feast import Entity, Field, ValueType
from feast.types import Bytes, Int32, Int64, String, UnixTimestamp

DRIVER = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)
CUSTOMER = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)
LOCATION = Entity(name="location", join_keys=["location_id"], value_type=ValueType.INT32)
BLOB = Entity(name="blob", join_keys=["blob_id"], value_type=ValueType.BYTES)
MOMENT = Entity(name="moment", join_keys=["moment_ts"], value_type=ValueType.UNIX_TIMESTAMP)
# Entity name equal to its join key, and in upper case: sorts before all others in a composite key.
REGION = Entity(name="Region", join_keys=["Region"], value_type=ValueType.STRING)
# No declared value type: the type of the key comes from the view's entity column alone.
UNTYPED = Entity(name="untyped", join_keys=["untyped_id"])

ENTITIES = [DRIVER, CUSTOMER, LOCATION, BLOB, MOMENT, REGION, UNTYPED]

KEY_FIELDS = {
    "driver": Field(name="driver_id", dtype=Int64),
    "customer": Field(name="customer_id", dtype=String),
    "location": Field(name="location_id", dtype=Int32),
    "blob": Field(name="blob_id", dtype=Bytes),
    "moment": Field(name="moment_ts", dtype=UnixTimestamp),
    "Region": Field(name="Region", dtype=String),
    "untyped": Field(name="untyped_id", dtype=Int64),
}
