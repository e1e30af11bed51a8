"""Real Feast as a writer: `push` and `materialize` of the hot rows, at random, until stdin is closed.

    feast_writer.py PLAN

PLAN is the JSON of feast-writer.ts. Makes the repository and says {"event": "ready"}; writes once a line comes on stdin; then prints
a line of JSON for each call: what it wrote, and when the call began and returned (milliseconds of the monotonic clock).
"""

import contextlib
import io
import json
import logging
import os
import random
import sys
import threading
import time
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import pandas as pd  # noqa: E402
from feast import Entity, FeatureService, FeatureStore, FeatureView, Field, FileSource, PushSource, ValueType  # noqa: E402
from feast.types import Int64  # noqa: E402

PUSHES_PER_MATERIALIZATION = 20
PAUSE_SECONDS = 0.05
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
FOREVER = datetime(2100, 1, 1, tzinfo=timezone.utc)

plan = json.loads(sys.argv[1])
chance = random.Random(plan["seed"])
stopped = threading.Event()
last_version = 0


def now_ms():
    return time.clock_gettime(time.CLOCK_MONOTONIC) * 1000


def next_version():
    """As version-clock.ts, the odd ones."""
    global last_version
    last_version = max(last_version + 2, 2 * int(now_ms() - plan["startMs"]) + 1)
    return last_version


def frame(view, entities, version):
    written = EPOCH + timedelta(seconds=plan["baseSeconds"] + version)
    columns = {plan["joinKey"]: entities, "event_timestamp": [written] * len(entities)}
    for number, name in view["features"]:
        columns[name] = [version * plan["perVersion"] + entity * plan["perEntity"] + number for entity in entities]
    return pd.DataFrame(columns)


def source_file(view):
    return f"{view['name']}.parquet"


def push_source(view):
    return f"{view['name']}_push"


def make_store():
    Path("feature_store.yaml").write_text(
        f"project: {plan['project']}\nprovider: local\nregistry: registry.db\noffline_store:\n  type: file\n"
        f"online_store:\n  type: redis\n  connection_string: 127.0.0.1:{plan['redisPort']}\n"
        "entity_key_serialization_version: 3\n"
    )
    entity = Entity(name=plan["joinKey"], join_keys=[plan["joinKey"]], value_type=ValueType.INT64)
    views = []
    for view in plan["views"]:
        frame(view, plan["entities"][:1], 1).to_parquet(source_file(view), index=False)
        batch = FileSource(name=view["name"], path=source_file(view), timestamp_field="event_timestamp")
        views.append(
            FeatureView(
                name=view["name"],
                entities=[entity],
                ttl=timedelta(days=36500),
                schema=[Field(name=name, dtype=Int64) for name in [plan["joinKey"], *(n for _, n in view["features"])]],
                source=PushSource(name=push_source(view), batch_source=batch),
            )
        )
    store = FeatureStore(repo_path=".")
    store.apply([entity, *views, FeatureService(name=plan["service"], features=views[:1])])
    return store


def push(store, view):
    entities = chance.sample(plan["entities"], chance.randint(1, 4))
    version = next_version()
    store.push(push_source(view), frame(view, entities, version))
    return entities, version


def materialize(store, view):
    entities = plan["entities"]
    version = next_version()
    frame(view, entities, version).to_parquet(source_file(view), index=False)
    store.materialize(EPOCH, FOREVER, feature_views=[view["name"]])
    return entities, version


def write(store, kind, act):
    view = chance.choice(plan["views"])
    record = {"event": kind, "view": plan["views"].index(view), "startMs": now_ms()}
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            record["entities"], record["version"] = act(store, view)
    except Exception as error:  # Redis is away, which may be the fault under test.
        record["error"] = f"{type(error).__name__}: {error}"
    record["endMs"] = now_ms()
    say(record)


def say(record):
    print(json.dumps(record), flush=True)


def wait_for_end():
    for _ in sys.stdin:
        pass
    stopped.set()


def main():
    os.chdir(plan["directory"])
    store = make_store()
    say({"event": "ready"})
    sys.stdin.readline()
    threading.Thread(target=wait_for_end, daemon=True).start()
    while not stopped.is_set():
        write(store, "materialize", materialize)
        for _ in range(PUSHES_PER_MATERIALIZATION):
            if stopped.wait(PAUSE_SECONDS):
                return
            write(store, "push", push)


main()
