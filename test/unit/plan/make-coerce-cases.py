"""Writes coerce-cases.json: what real Feast makes of columns of JSON values. Run with the venv's Python from this folder."""

import json

from feast.type_map import python_values_to_proto_values
from feast.value_type import ValueType

INTS = ["[1]", "[-1, 0]", "[2147483647]", "[2147483648]", "[9223372036854775807, -9223372036854775808]",
        "[9223372036854775808]", "[-9223372036854775809]", "[1.0, 2.9, -2.9]", "[1e30]", "[true, false]", '["7"]',
        '[" 1_0 "]', '["1__0"]', '["0x1"]', '[""]', '["1.0"]', '["\\u0663"]', '["abc"]', '["it\'s"]', "[Infinity]", "[NaN, 1]",
        "[null, 1]", "[null]", "[]", "[[], 5]", "[{}, 5]", "[[1]]", '[{"a": 1}]']
TEXTS = ['["a", "", "\\u017c\\u00f3\\u0142w"]', "[5, -1]", "[5.0, 0.1, 1e22, 1e16, 1e15, 1e-5, 0.0001]", "[true, false, null]",
         '["a", 5, true, 1.0, null, [1]]', "[NaN]"]
UNKNOWN = ["[1, 2.5]", "[2.5, 1]", '[2.5, "x"]', "[true, 5]", '[true, "x"]', '[1, "x"]', "[null, null]", "[]", "[[], []]",
           "[[], null]", "[{}]", "[[1, 2], null, []]", "[[true]]", '[["a", "b"]]', "[[1.5, 2]]", "[[1, null]]", "[[[1]]]",
           '[[{"a": 1}]]', '[{"a": 1, "b": null, "c": {"d": [1, 2]}, "e": [{"f": true}], "g": "s", "h": 1.5}]',
           '[{"a": []}]', '[{"a": 1}, 5]', "[NaN]", "[null, NaN, 1]", "[[NaN, Infinity]]", '["x", {"a": 1}]', "[5, [1]]"]
CASES = (
    [(t, text) for t in ("INT32", "INT64", "UNIX_TIMESTAMP") for text in INTS]
    + [("STRING", text) for text in TEXTS]
    + [("UNKNOWN", text) for text in UNKNOWN + INTS + TEXTS]
    + [("DOUBLE", text) for text in ["[1.5, 2]", '["x"]', '[1.5, "x"]', "[true]", "[1.5, true]", "[0]", "[NaN, 1.5]"]]
    + [("FLOAT", text) for text in ["[1.5, 0.1]", '["x"]', '["1.5", " 2 ", "inf"]', "[1e300]", "[true]"]]
    + [("BOOL", text) for text in ["[true, 0]", "[5]", '["x"]', '[true, "x"]', "[true, 2.5]"]]
    + [("BYTES", text) for text in ['["x"]', "[0]", "[null]"]]
    + [("UUID", text) for text in ['["a", 7]', "[5]", "[0]"]]
    + [("DECIMAL", text) for text in ['["1.10"]', "[5]"]]
)


def outcome(type_name, text):
    try:
        values = python_values_to_proto_values(json.loads(text), ValueType[type_name])
        return {"values": [v.SerializeToString(deterministic=True).hex() for v in values]}
    except Exception as error:
        return {"error": str(error)}


with open("coerce-cases.json", "w") as out:
    json.dump([{"type": t, "json": text, **outcome(t, text)} for t, text in CASES], out, indent=0)
