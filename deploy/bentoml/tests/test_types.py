"""The service is typed, down to the client's interface; BentoML's own types are not looked at."""

import os
import subprocess
import sys

from sidecar_process import ROOT


def test_the_service_is_strictly_typed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", os.devnull],
        cwd=ROOT / "deploy/bentoml",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
