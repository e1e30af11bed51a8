"""Golden answers of `feast serve` and `feast listen`, and the small repositories they were read from."""

import base64
import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import grpc
import redis
import requests
from feast.protos.feast.serving.ServingService_pb2 import GetOnlineFeaturesRequest, GetOnlineFeaturesResponse
from feast.protos.feast.types.Value_pb2 import Value

from golden_requests import DEMO, VERSIONS

START_TIMEOUT_SECONDS = 60
FEAST = os.path.join(os.path.dirname(sys.executable), "feast")
KEY_TYPES = {"customer_id": "string_val", "Region": "string_val", "location_id": "int32_val", "moment_ts": "unix_timestamp_val",
             "origin_id": "int32_val", "dest_id": "int32_val", "spot_id": "int32_val"}  # fmt: skip


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, ready):
    """A program in a process group of its own, from when it is ready until the block ends."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "TZ": "UTC", "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} did not become ready")
            time.sleep(0.1)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait(timeout=10)


def answers(probe):
    try:
        return probe()
    except Exception:  # not up yet
        return False


@contextlib.contextmanager
def redis_server():
    port, folder = free_port(), tempfile.mkdtemp()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    client = redis.Redis(port=port)
    with running(command, lambda: answers(client.ping)):
        yield port
    shutil.rmtree(folder)


@contextlib.contextmanager
def feast_servers(root):
    """URL of `feast serve` and channel to `feast listen`."""
    http, rpc = free_port(), free_port()
    url, channel = f"http://127.0.0.1:{http}", grpc.insecure_channel(f"127.0.0.1:{rpc}")
    serve = [FEAST, "-c", root, "serve", "-p", str(http), "--no-access-log", "--max-requests", "0"]
    listen = [FEAST, "-c", root, "listen", "-a", f"127.0.0.1:{rpc}"]
    check = channel.unary_unary("/grpc.health.v1.Health/Check", lambda b: b, lambda b: b)
    with running(serve, lambda: answers(lambda: requests.get(f"{url}/health", timeout=1).status_code == 200)):
        with running(listen, lambda: answers(lambda: check(b"", timeout=1) == b"\x08\x01")):
            yield url, channel


def grpc_request(body):
    """The same request as a message; None when a value has no proto form that the declared type would have."""
    request = GetOnlineFeaturesRequest(full_feature_names=body.get("full_feature_names", False))
    if "feature_service" in body:
        request.feature_service = body["feature_service"]
    else:
        request.features.val.extend(body.get("features", []))
    for name, values in body["entities"].items():
        case = KEY_TYPES.get(name, "int64_val")
        try:
            request.entities[name].val.extend([Value() if v is None else Value(**{case: v}) for v in values])
        except (TypeError, ValueError):
            return None
    return request.SerializeToString(deterministic=True)


def ask(url, call, body):
    text = json.dumps(body, ensure_ascii=False)
    answer = requests.post(
        f"{url}/get-online-features", data=text.encode(), headers={"content-type": "application/json"}, timeout=30
    )
    case = {"http": {"request": text, "status": answer.status_code, "body": answer.text}}
    request = grpc_request(body)
    if request is not None:
        case["grpc"] = {"request": base64.b64encode(request).decode()}
        try:
            response = call(request, timeout=30)
            GetOnlineFeaturesResponse.FromString(response)
            case["grpc"] |= {"code": 0, "response": base64.b64encode(response).decode()}
        except grpc.RpcError as error:
            case["grpc"] |= {"code": error.code().value[0], "details": error.details()}
    return case


def responses(root, bodies):
    with feast_servers(root) as (url, channel):
        call = channel.unary_unary("/GrpcFeatureServer/GetOnlineFeatures", lambda b: b, lambda b: b)
        return [ask(url, call, body) for body in bodies]


def copy_repo(root, target):
    """Configuration, registry and SQLite file; the latter rewritten with small pages, its rows untouched."""
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(os.path.join(target, "data"))
    shutil.copy(os.path.join(root, "feature_store.yaml"), target)
    shutil.copy(os.path.join(root, "data/registry.db"), os.path.join(target, "data"))
    source = os.path.join(root, "data/online.db")
    if os.path.exists(source):
        copy = os.path.join(target, "data/online.db")
        shutil.copy(source, copy)
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as database:
            database.execute("PRAGMA page_size = 512")
            database.execute("VACUUM")


def dump_redis(port, database):
    """Every hash of a database, in hex: key -> field -> value."""
    client = redis.Redis(port=port, db=database)
    return {
        key.hex(): {field.hex(): value.hex() for field, value in sorted(client.hgetall(key).items())}
        for key in sorted(client.keys())
    }


REQUESTS = {"sqlite": DEMO, "redis": DEMO, "versions-sqlite": VERSIONS}
