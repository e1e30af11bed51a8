"""Asks Feast's own SDK the same questions through several online stores, in one process.

    remote_sdk.py < job.json > answers.json

Job: {"stores": {NAME: {"repo": DIR, "url": URL or null, "attempts": N}}, "requests": [{"stores": [NAME, …], …}]}.
A store with a URL is the repository with `online_store: {type: remote}`, one without is the repository as it is; a request whose
connection the server cut is tried `attempts` times (default 1). Each request has `features` or `service`, `rows` (a list of rows,
or columns), `full`, `timestamps`. The answers are aligned with the requests: store name → {"columns": {name: repr of the values}}
or {"error": class name, "message": text}. `repr` keeps what JSON would lose: types, NaN, bytes.
"""

import json
import logging
import os
import re
import sys
import time
import warnings

os.environ["TZ"] = "UTC"
time.tzset()
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import requests
import yaml
from feast import FeatureStore, RepoConfig


def open_store(repo, url):
    with open(os.path.join(repo, "feature_store.yaml")) as file:
        raw = yaml.safe_load(file)
    if url is not None:
        # The SDK repeats requests that fail with 500; once is enough to see how.
        raw["online_store"] = {"type": "remote", "path": url, "connection_retries": 0}
    return FeatureStore(repo_path=repo, config=RepoConfig(**raw, repo_path=repo))


def service(store, name):
    """A service of the registry, or one that only the caller knows."""
    if name != "unknown_service":
        return store.get_feature_service(name)
    unknown = store.get_feature_service("svc")
    unknown.name = name
    return unknown


def ask(store, request):
    features = service(store, request["service"]) if "service" in request else request["features"]
    answer = store.get_online_features(
        features=features, entity_rows=request["rows"], full_feature_names=request.get("full", False)
    )
    return answer.to_dict(include_event_timestamps=request.get("timestamps", False))


def canonical(value):
    """`repr`, but the order of names in a map means nothing: it changes with the process that wrote it."""
    if isinstance(value, dict):
        items = sorted((canonical(key), canonical(item)) for key, item in value.items())
        return "{" + ", ".join(f"{key}: {item}" for key, item in items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(canonical, value)) + "]"
    return repr(value)


def answer(store, request, attempts):
    try:
        return {"columns": {name: canonical(values) for name, values in sorted(ask(store, request).items())}}
    except requests.exceptions.ConnectionError as error:
        if attempts > 1:
            return answer(store, request, attempts - 1)
        return failure(error)
    except Exception as error:
        return failure(error)


def failure(error):
    return {"error": type(error).__name__, "message": re.sub(r"port=\d+", "port=…", str(error))}


def main():
    job = json.load(sys.stdin)
    attempts = {name: store.pop("attempts", 1) for name, store in job["stores"].items()}
    stores = {name: open_store(**store) for name, store in job["stores"].items()}
    answers = [
        {name: answer(stores[name], request, attempts[name]) for name in request["stores"]}
        for request in job["requests"]
    ]
    json.dump(answers, sys.stdout)


main()
