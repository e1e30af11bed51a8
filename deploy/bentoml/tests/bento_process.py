"""The service as BentoML serves it, in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidecar_process import ROOT

SERVICE = ROOT / "deploy/bentoml"
START_TIMEOUT_S = 90


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Bento:
    url: str

    def predict(self, customer_ids: list[str], headers: Mapping[str, str] | None = None) -> Answer:
        request = urllib.request.Request(
            f"{self.url}/predict",
            data=json.dumps({"customer_ids": customer_ids}).encode(),
            headers={"content-type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return Answer(response.status, json.load(response), response.headers)
        except urllib.error.HTTPError as error:
            return Answer(error.code, json.load(error), error.headers)


@contextmanager
def serve_bento(folder: Path, **settings: str) -> Iterator[Bento]:
    """
    Args:
        folder: for BentoML's own files and its words.
        settings: the service's variables.

    Raises:
        RuntimeError: with its words, when it is not ready in time.
    """
    port = _free_port()
    words = folder / "bento.log"
    environment = {
        **os.environ,
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(folder / "bentoml"),
        "PYTHONPATH": str(ROOT / "clients/python/src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **settings,
    }
    with words.open("w") as log:
        command = [
            sys.executable,
            "-m",
            "bentoml",
            "serve",
            "service:Churn",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        process = subprocess.Popen(
            command, cwd=SERVICE, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{port}/readyz", words)
            yield Bento(f"http://127.0.0.1:{port}")
        finally:
            # BentoML's workers are its children: the whole group ends.
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, words: Path) -> None:
    end_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError as error:
            # `bentoml serve` starts a worker that failed over and over.
            failed = "Application startup failed" in words.read_text()
            if process.poll() is not None or failed or time.monotonic() > end_s:
                raise RuntimeError(words.read_text()) from error
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
