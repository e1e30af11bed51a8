"""Feast and this client in one process, in either order: their messages have the same full names and other descriptors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = str(Path(__file__).resolve().parents[2] / "src")
# Their messages as installed, without the SDK around them, which takes 7 s to import; the other test has the whole of it.
WITHOUT_SDK = """
import importlib.util, sys, types
feast = types.ModuleType("feast")
feast.__path__ = importlib.util.find_spec("feast").submodule_search_locations
sys.modules["feast"] = feast
"""
FEAST = "from feast.protos.feast.serving.ServingService_pb2 import GetOnlineFeaturesRequest as theirs"
OURS = "from feast_sidecar_client._proto.feast.serving.ServingService_pb2 import GetOnlineFeaturesRequest as ours"
CHECK = """
assert ours is not theirs and ours.DESCRIPTOR.full_name == theirs.DESCRIPTOR.full_name
message = ours(feature_service="svc", full_feature_names=True)
message.entities["id"].val.add(int64_val=7)
same = theirs.FromString(message.SerializeToString())
assert same.feature_service == "svc" and same.entities["id"].val[0].int64_val == 7
"""


@pytest.mark.parametrize("imports", [[FEAST, OURS], [OURS, FEAST]], ids=["feast first", "feast last"])
def test_both_can_be_imported(imports: list[str]) -> None:
    script = "\n".join([WITHOUT_SDK, *imports, CHECK])
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_messages_have_the_same_fields() -> None:
    """Number, type and label of every field that this client reads or writes, as in the Feast that is installed."""
    from feast.protos.feast.serving import ServingService_pb2 as theirs
    from feast.protos.feast.types import Value_pb2 as their_values
    from feast_sidecar_client._proto.feast.serving import ServingService_pb2 as ours
    from feast_sidecar_client._proto.feast.types import Value_pb2 as our_values

    for our_file, their_file in ((ours, theirs), (our_values, their_values)):
        assert shapes(our_file) == shapes(their_file)


def shapes(file: object) -> dict[str, object]:
    found: dict[str, object] = {}
    messages = list(file.DESCRIPTOR.message_types_by_name.values())  # type: ignore[attr-defined]
    while messages:
        message = messages.pop()
        messages += message.nested_types
        found[message.full_name] = {
            (each.name, each.number, each.type, each.is_repeated, each.containing_oneof and each.containing_oneof.name)
            for each in message.fields
        }
    return found
