"""Cuts self-contained JSON schemas out of those of kubernetes-validate, in the layout that kubeconform reads.

Usage: flatten-schemas.py FOLDER: writes FOLDER/vMAJOR.MINOR/KIND-GROUP-VERSION.json. kubeconform cannot follow the originals' references
into a file beside them.
"""

import copy
import json
import sys
from pathlib import Path

import kubernetes_validate

#: The oldest that the manifests are for, the first with ValidatingAdmissionPolicy, with MutatingAdmissionPolicy, and the newest known.
VERSIONS = ["1.29", "1.30", "1.36", "1.37"]
SOURCE = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"


def make_local(node, names):
    """Points every reference below `node` into the file itself, and collects the names that it then needs."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            name = node["$ref"].rsplit("/", 1)[-1]
            node["$ref"] = f"#/$defs/{name}"
            names.add(name)
        for value in node.values():
            make_local(value, names)
    elif isinstance(node, list):
        for value in node:
            make_local(value, names)


def flatten(schema, definitions):
    needed, done = set(), {}
    make_local(schema, needed)
    while needed:
        name = needed.pop()
        if name not in done:
            done[name] = copy.deepcopy(definitions[name])
            make_local(done[name], needed)
    return {**schema, "$defs": done}


def main(target):
    for version in VERSIONS:
        source = SOURCE / f"v{version}.0-local-strict"
        definitions = json.loads((source / "_definitions.json").read_text())["$defs"]
        folder = Path(target) / f"v{version}"
        folder.mkdir(parents=True, exist_ok=True)
        for file in source.glob("[a-z]*-v1.json"):
            schema = json.loads(file.read_text())
            # Only what can stand in a manifest by itself.
            if {"apiVersion", "kind"} <= schema.get("properties", {}).keys():
                (folder / file.name).write_text(json.dumps(flatten(schema, definitions)))


main(sys.argv[1])
