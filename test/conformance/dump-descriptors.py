"""Prints the descriptors of the installed Feast package (and of gRPC's health and reflection) as a JSON FileDescriptorSet."""

import importlib
import json
import pathlib

import feast.protos.feast as feast_protos
from google.protobuf import descriptor_pb2, json_format

root = pathlib.Path(feast_protos.__file__).parent
modules = [
    "feast.protos.feast." + ".".join(path.relative_to(root).with_suffix("").parts)
    for path in sorted(root.glob("*/*_pb2.py"))
]
modules += ["grpc_health.v1.health_pb2", "grpc_reflection.v1alpha.reflection_pb2"]

files = {}
for module in modules:
    proto = descriptor_pb2.FileDescriptorProto()
    importlib.import_module(module).DESCRIPTOR.CopyToProto(proto)
    files[proto.name] = json_format.MessageToDict(proto)
print(json.dumps({"file": list(files.values())}))
