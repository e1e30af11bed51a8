"""One sidecar for all tests, over the churn example (SQLite)."""

from collections.abc import Iterator

import pytest
from sidecar_process import ROOT, Sidecar, start_sidecar, stop_sidecar


@pytest.fixture(scope="session")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    started = start_sidecar(ROOT / "examples/churn", tmp_path_factory.mktemp("run") / "sidecar.sock")
    try:
        yield started
    finally:
        stop_sidecar(started)
