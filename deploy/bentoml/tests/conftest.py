"""Servers that all tests share: they take seconds to start."""

from collections.abc import Iterator

import pytest
from bento_process import Bento, serve_bento
from churn_model import ChurnModel, feature_name
from fake_server import FakeServer, Script, fake_server
from sidecar_process import ROOT, Sidecar, start_sidecar, stop_sidecar

# Scripted answers come at once; what is made to be late is later than this.
FAKE_TIMEOUT_MS = 1000


@pytest.fixture(scope="session")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    started = start_sidecar(ROOT / "examples/churn", tmp_path_factory.mktemp("sidecar") / "sidecar.sock")
    try:
        yield started
    finally:
        stop_sidecar(started)


@pytest.fixture(scope="session")
def bento(sidecar: Sidecar, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bento]:
    """Over the Unix socket of a real sidecar."""
    folder = tmp_path_factory.mktemp("bento")
    with serve_bento(folder, CHURN_FEATURES_TARGET=sidecar.socket, CHURN_FEATURES_TIMEOUT_MS="5000") as served:
        yield served


def fine(rows: int) -> Script:
    """An answer in time: every feature there. Its values are numbers, which no category has."""
    cells = [(1.0, "PRESENT", 1793448149)] * rows
    return Script({feature_name(ref): cells for ref in ChurnModel.load().features})


@pytest.fixture(scope="session")
def fake() -> Iterator[FakeServer]:
    with fake_server(fine(1)) as serving:
        yield serving


@pytest.fixture(scope="session")
def scoring(fake: FakeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bento]:
    """In front of the scripted server, told to score whatever there is."""
    settings = {"CHURN_FEATURES_TARGET": fake.address, "CHURN_FEATURES_TIMEOUT_MS": str(FAKE_TIMEOUT_MS)}
    with serve_bento(tmp_path_factory.mktemp("scoring"), **settings) as served:
        yield served


@pytest.fixture(scope="session")
def refusing(fake: FakeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bento]:
    """The same, told to answer 503 instead."""
    settings = {"CHURN_FEATURES_TARGET": fake.address, "CHURN_FEATURES_TIMEOUT_MS": str(FAKE_TIMEOUT_MS)}
    with serve_bento(tmp_path_factory.mktemp("refusing"), CHURN_ON_LATE="refuse", **settings) as served:
        yield served
