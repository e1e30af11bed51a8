"""C-core as fast as it can for some seconds, from many threads over one channel; prints calls, wrong answers and errors as JSON."""
import json
import sys
import threading
import time

import grpc

TARGET, SECONDS = sys.argv[1], float(sys.argv[2])
PATH = "/feast.serving.ServingService/GetOnlineFeatures"
THREADS = 16

seen = {"calls": 0, "wrong": 0, "errors": {}}
lock = threading.Lock()


def ask(method, name: int, until: float) -> None:
    calls = wrong = 0
    text = f"t:{name}".encode()
    request = b"\x12" + bytes([len(text) + 2]) + b"\x0a" + bytes([len(text)]) + text
    while time.monotonic() < until:
        try:
            wrong += method(request, timeout=5) != text
        except grpc.RpcError as error:
            with lock:
                key = f"{error.code().name}: {error.details()}"
                seen["errors"][key] = seen["errors"].get(key, 0) + 1
        calls += 1
    with lock:
        seen["calls"] += calls
        seen["wrong"] += wrong


with grpc.insecure_channel(TARGET) as channel:
    method = channel.unary_unary(PATH)
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=ask, args=(method, name, until)) for name in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(json.dumps(seen))
