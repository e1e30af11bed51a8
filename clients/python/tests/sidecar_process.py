"""A real sidecar, run from this repository's sources (no build needed)."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
START_TIMEOUT_S = 60


@dataclass(frozen=True)
class Sidecar:
    """`address` is `host:port`, `socket` is `unix:PATH` of the same server."""

    address: str
    socket: str
    process: subprocess.Popen[str]


def start_sidecar(repository: Path, socket: Path) -> Sidecar:
    """Returns when it is ready. Raises RuntimeError with its own words when it is not in time."""
    node = shutil.which("node", path=f"{ROOT}/node_modules/.bin:{os.environ['PATH']}")
    assert node is not None, "no node: run `make setup`"
    listen = ["--listen", "127.0.0.1:0", "--listen", f"unix:{socket}", "--admin", "127.0.0.1:0"]
    process = subprocess.Popen(
        [node, str(ROOT / "src/cli/main.ts"), "serve", "--chdir", str(repository), *listen],
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
        env={**os.environ, "TZ": "UTC", "NODE_COMPILE_CACHE": str(ROOT / ".tools/compile-cache")},
    )
    assert process.stdout is not None
    signal.alarm(START_TIMEOUT_S)  # Ends the whole run when the line never comes.
    line = process.stdout.readline()
    signal.alarm(0)
    if line == "":
        raise RuntimeError(f"feast-sidecar ended with exit code {process.wait()}: its words are on stderr")
    told = json.loads(line)
    wait_until_ready(f"http://{told['admin']}/readyz")
    address, unix = told["data"]
    return Sidecar(address, unix, process)


def wait_until_ready(url: str) -> None:
    end_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=START_TIMEOUT_S).close()
            return
        except urllib.error.HTTPError as not_ready:
            if time.monotonic() > end_s:
                raise RuntimeError(not_ready.read().decode()) from not_ready
            time.sleep(0.01)


def stop_sidecar(sidecar: Sidecar) -> None:
    sidecar.process.terminate()
    try:
        code = sidecar.process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        sidecar.process.kill()
        raise
    assert code == 0
