"""The code of docs/migrating.md, run as it stands there, against the churn example in process and through a sidecar."""

import difflib
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from sidecar_process import ROOT, Sidecar

NOTE = (ROOT / "docs/migrating.md").read_text()
# The page's deadline is for a machine that does nothing else.
PATIENT = ("timeout_ms=10", "timeout_ms=5000")


def block(name: str) -> str:
    found = re.search(rf"<!-- test: {name} -->\n```\w+\n(.*?)```", NOTE, re.DOTALL)
    assert found is not None, f"docs/migrating.md has no block {name!r}"
    return found[1]


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "docs/migrating.md", "exec"), names)
    answer: dict[str, Any] = names["answer"]
    return answer


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the churn example; the code runs in it."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "examples/churn", folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def in_process(repository: Path) -> dict[str, Any]:
    answer = run(block("before"))
    # As customers.csv has them: the comparison below is not one of two errors.
    assert answer["tenure_months"] == [1, 0] and answer["total_charges"] == [29.85, None]
    return answer


def changed_lines(before: str, after: str) -> list[str]:
    def words(text: str) -> list[str]:
        return [line for line in text.splitlines() if line.strip()]

    return [line for line in difflib.ndiff(words(before), words(after)) if line.startswith("+ ")]


def test_the_client_gives_what_feast_gives(in_process: dict[str, Any], sidecar: Sidecar) -> None:
    after = block("client")
    assert len(changed_lines(block("before"), after)) == 3
    assert run(after.replace("127.0.0.1:6566", sidecar.address).replace(*PATIENT)) == in_process


def test_a_service_by_name_gives_what_feast_gives(repository: Path, sidecar: Sidecar) -> None:
    asked = re.compile(r"features=\[.*?\],")
    before = asked.sub('features=store.get_feature_service("churn_v1"),', block("before"))
    after = asked.sub('service="churn_v1",', block("client"))
    assert 'service="churn_v1"' in NOTE and 'features=store.get_feature_service("churn_v1")' in NOTE
    got = run(after.replace("127.0.0.1:6566", sidecar.address).replace(*PATIENT))
    assert len(got) == 10
    assert got == run(before)


def test_the_sdk_with_a_remote_store_gives_what_feast_gives(
    in_process: dict[str, Any], repository: Path, sidecar: Sidecar
) -> None:
    file = repository / "feature_store.yaml"
    before = file.read_text()
    online_store = re.compile(r"online_store:\n(?:  .*\n)+")
    after = online_store.sub(block("remote"), before)
    assert len(changed_lines(before, after)) == 3
    file.write_text(after.replace("127.0.0.1:6566", sidecar.address))
    assert yaml.safe_load(file.read_text())["online_store"]["type"] == "remote"
    # The store is out of the SDK's reach: what it answers came over HTTP.
    (repository / "data/online.db").unlink()
    assert run(block("before")) == in_process
