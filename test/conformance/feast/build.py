"""Builds the Feast repositories of the conformance suite from nothing, with real Feast.

    build.py --out DIR --redis-port N [--only NAME …]

Writes DIR/{sqlite,redis,versions-sqlite,versions-redis,keyv2-redis}/ (feature_store.yaml, data/registry.db, for SQLite
data/online.db) and DIR/manifest.json. The Redis server must run and be empty: each repository has a database of its own.
"""

import os
import time

os.environ["TZ"] = "UTC"
time.tzset()

import argparse
import json
import logging
import multiprocessing
import shutil
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import pandas as pd
from feast import FeatureStore
from feast.feature_view import FeatureViewState
from feast.protos.feast.core.Registry_pb2 import Registry

from load import load_all, quiet, write_values
from manifest import describe
from repo import on_demand, rows, services, versions, views
from repo.entities import CUSTOMER, DRIVER, ENTITIES

REDIS_DATABASES = {"redis": 0, "versions-redis": 1, "keyv2-redis": 2}
NAMES = ["sqlite", "redis", "versions-sqlite", "versions-redis", "keyv2-redis"]


def write_yaml(root, name, redis_port, project="demo", file="feature_store.yaml"):
    """Writes the configuration of a repository and returns the file's path."""
    store = (
        f"  type: redis\n  connection_string: 127.0.0.1:{redis_port},db={REDIS_DATABASES[name]}\n"
        if name in REDIS_DATABASES
        else "  type: sqlite\n  path: data/online.db\n"
    )
    versioning = "  enable_online_feature_view_versioning: true\n" if name.startswith("versions") else ""
    text = (
        f"project: {project}\nprovider: local\nregistry:\n  path: data/registry.db\n{versioning}"
        f"online_store:\n{store}offline_store:\n  type: file\n"
        f"entity_key_serialization_version: {2 if name.startswith('keyv2') else 3}\n"
    )
    path = os.path.join(root, file)
    os.makedirs(os.path.join(root, "data"), exist_ok=True)
    with open(path, "w") as out:
        out.write(text)
    return path


def apply(store, objects):
    with quiet():
        store.apply(objects)


def set_states(store):
    """Lifecycle states through Feast's own transitions; the unknown number by editing the registry's message."""
    store.set_feature_view_state("busy", FeatureViewState.MATERIALIZING)
    for name in ("created", "generated"):
        store.set_feature_view_state(name, FeatureViewState.CREATED)
    store.set_feature_view_state("generated", FeatureViewState.GENERATED)
    store.disable_feature_view("off")
    path = os.path.join(store.repo_path, "data", "registry.db")
    with open(path, "rb") as file:
        registry = Registry.FromString(file.read())
    for view in registry.feature_views:
        if view.spec.name == "state_99":
            view.meta.state = 99
    with open(path, "wb") as file:
        file.write(registry.SerializeToString())
    store.refresh_registry()


def build_demo(root, name, redis_port):
    """The repository with every view kind, key type, value type, projection and state."""
    write_yaml(root, name, redis_port)
    store = FeatureStore(repo_path=root)
    apply(store, [*ENTITIES, *views.VIEWS, *on_demand.ON_DEMAND_VIEWS])
    load_all(store, root, rows.LOADS)
    apply(store, services.stale_services())
    write_values(store, store.get_feature_view("driver_stats2"), rows.PARTIAL)
    apply(store, [views.STALE_NOW])
    store.delete_feature_view("gone")
    apply(store, services.SERVICES)
    store.write_to_online_store("odfv_stored", df=pd.DataFrame({"driver_id": [1, 2], "trips": [11, 21], "other": [7, 8]}))
    set_states(store)
    if name == "redis":
        for service in services.PRECOMPUTED:
            store.precompute_feature_service(service)
    build_other_project(root, name, redis_port)
    store.refresh_registry()
    return describe(store, [*rows.LOADS, rows.PARTIAL])


def build_other_project(root, name, redis_port):
    """A second project in the same registry and store: its view of the same name must never be read."""
    path = write_yaml(root, name, redis_port, project="other", file="other.yaml")
    store = FeatureStore(repo_path=root, fs_yaml_file=path)
    apply(store, [DRIVER, views.DRIVER_STATS])
    load_all(store, root, rows.OTHER_PROJECT)


def build_versions(root, name, redis_port):
    """One view at versions 0, 1 and 2 with data in each table."""
    write_yaml(root, name, redis_port)
    store = FeatureStore(repo_path=root)
    apply(store, [DRIVER, CUSTOMER, versions.CU, versions.FIXED])
    for view, loads in zip(versions.DS, versions.LOADS):
        apply(store, [view])
        load_all(store, root, loads)
    apply(store, versions.services())
    store.refresh_registry()
    known = {v: [r["version"] for r in store.list_feature_view_versions(v)] for v in ("ds", "cu", "fixed")}
    return describe(store, [loads for step in versions.LOADS for loads in step], known)


def build_keyv2(root, name, redis_port):
    """A small subset written with entity keys of version 2."""
    write_yaml(root, name, redis_port)
    store = FeatureStore(repo_path=root)
    apply(store, [*ENTITIES, *views.KEYV2_VIEWS])
    names = {view.name for view in views.KEYV2_VIEWS}
    loads = [rows_of for rows_of in rows.LOADS if rows_of.view in names]
    load_all(store, root, loads)
    apply(store, [service for service in services.SERVICES if service.name in ("svc", "svc_alias", "svc_quad")])
    store.refresh_registry()
    return describe(store, loads)


BUILDERS = {
    "sqlite": build_demo,
    "redis": build_demo,
    "versions-sqlite": build_versions,
    "versions-redis": build_versions,
    "keyv2-redis": build_keyv2,
}


def build(job):
    """Builds one repository; runs in a forked process, because applying mutates the definition objects."""
    name, out, redis_port = job
    started = time.monotonic()
    root = os.path.join(out, name)
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    manifest = BUILDERS[name](root, name, redis_port)
    return name, manifest, time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--redis-port", type=int, required=True)
    parser.add_argument("--only", nargs="*", default=NAMES, choices=NAMES)
    args = parser.parse_args()
    out = os.path.abspath(args.out)
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        built = pool.map(build, [(name, out, args.redis_port) for name in args.only], chunksize=1)
    with open(os.path.join(out, "manifest.json"), "w") as file:
        repos = {name: manifest for name, manifest, _ in built}
        json.dump({"redisPort": args.redis_port, "repos": repos}, file, ensure_ascii=False, separators=(",", ":"))
    for name, _, seconds in built:
        print(f"{name}: {seconds:.1f} s")


if __name__ == "__main__":
    main()
