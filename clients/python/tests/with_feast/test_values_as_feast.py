"""Every type that Feast stores, asked of Feast in process and of a sidecar over the same store: the dictionaries are equal."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from feast import FeatureStore
from feast_sidecar_client import SidecarClient
from sidecar_process import ROOT, Sidecar, start_sidecar, stop_sidecar

GOLDEN = ROOT / "test/fixtures/golden/sqlite-repo"
DRIVERS = [{"driver_id": each} for each in (1, 2, 3, 4, 5, 6, 99)]
VIEWS = {view["name"]: view for view in json.loads((GOLDEN / "manifest.json").read_text())["views"]}
TYPED = [f"{name}:{each['name']}" for name in ("alltypes", "parquet_types") for each in VIEWS[name]["features"]]


@pytest.fixture(scope="module")
def store() -> FeatureStore:
    return FeatureStore(repo_path=str(GOLDEN))


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    folder = tmp_path_factory.mktemp("golden")
    shutil.copytree(GOLDEN, folder / "repo")
    started = start_sidecar(folder / "repo", Path(folder / "sidecar.sock"))
    try:
        yield started
    finally:
        stop_sidecar(started)


@pytest.fixture(scope="module")
def client(golden: Sidecar) -> Iterator[SidecarClient]:
    with SidecarClient(golden.address, timeout_ms=5000) as connected:
        yield connected


def comparable(columns: dict[str, list[object]]) -> dict[str, str]:
    """`repr` tells 1 from True and 1.0, and lets NaN equal NaN; sets in one order."""
    return {
        name: repr([sorted(map(repr, v)) if isinstance(v, set) else v for v in values])
        for name, values in columns.items()
    }


def test_there_are_many_types() -> None:
    assert len({each["type"] for name in ("alltypes", "parquet_types") for each in VIEWS[name]["features"]}) > 35


@pytest.fixture(scope="module")
def expected(store: FeatureStore) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = store.get_online_features(TYPED, DRIVERS, full_feature_names=True).to_dict()
    return columns


@pytest.mark.parametrize("ref", TYPED)
def test_a_column_is_that_of_feast(expected: dict[str, list[object]], client: SidecarClient, ref: str) -> None:
    got = client.get_online_features([ref], DRIVERS, full_feature_names=True).to_dict()
    name = ref.replace(":", "__")
    assert comparable(got) == comparable({"driver_id": expected["driver_id"], name: expected[name]})
    assert any(value is not None for value in expected[name])


def test_event_times_are_those_of_feast(store: FeatureStore, client: SidecarClient) -> None:
    refs = ["driver_stats:trips", "driver_stats:conv_rate"]
    expected = store.get_online_features(features=refs, entity_rows=DRIVERS).to_dict(include_event_timestamps=True)
    got = client.get_online_features(features=refs, entity_rows=DRIVERS).to_dict(include_event_timestamps=True)
    assert {name: got[name] for name in ("trips__ts", "conv_rate__ts")} == {
        name: expected[name] for name in ("trips__ts", "conv_rate__ts")
    }
    assert got["trips__ts"][0] > 0
