"""What is shipped: the wheel, its types, and generated messages that are those of proto/."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, json_format
from sidecar_process import ROOT

PACKAGE = ROOT / "clients/python"


def run(*command: str, cwd: Path = PACKAGE, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # hatchling is in the venv: nothing is fetched.
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(folder),
        ".",
    )
    (built,) = folder.glob("feast_sidecar_client-*-py3-none-any.whl")
    return built


def test_the_wheel_has_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    sources = {
        str(path.relative_to(PACKAGE / "src"))
        for path in (PACKAGE / "src").rglob("*")
        if path.suffix in (".py", ".pyi", ".typed")
    }
    assert {name for name in names if ".dist-info/" not in name} == sources
    assert "feast_sidecar_client/py.typed" in sources


def test_the_wheel_works_without_the_sources_and_without_feast(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    script = """
import importlib.util, feast_sidecar_client
assert importlib.util.find_spec("feast") is None
print(feast_sidecar_client.__file__, sorted(feast_sidecar_client.__all__))
"""
    said = run(sys.executable, "-c", script, cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
    assert said.startswith(str(tmp_path / "site")) and "'AsyncSidecarClient'" in said


def test_a_user_gets_types_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "user.py").write_text("""
from feast_sidecar_client import AsyncSidecarClient, SidecarClient

async def f(client: AsyncSidecarClient) -> None:
    answer = await client.get_online_features(service="svc", entity_rows=[{"id": 1}], priority="batch")
    reveal_type(answer["a"].event_times_s)
    reveal_type(answer.degradations[0].age_ms)
    await client.get_online_features(service="svc", entity_rows=[], priority="urgent")
""")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "user.py"]
    done = subprocess.run(
        mypy,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert 'Revealed type is "list[int]"' in done.stdout
    assert 'Revealed type is "int | None"' in done.stdout
    errors = [line for line in done.stdout.splitlines() if line.startswith("user.py:") and ": error: " in line]
    assert len(errors) == 1 and errors[0].startswith("user.py:8:") and "Literal[" in errors[0], done.stdout


def test_the_package_is_strictly_typed(tmp_path: Path) -> None:
    assert "no issues found" in run(sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path))


@pytest.mark.parametrize("file", ["feast/types/Value.proto", "feast/serving/ServingService.proto"])
def test_generated_messages_are_those_of_proto(file: str, tmp_path: Path) -> None:
    """Compared with what buf compiles; when it fails: scripts/gen-python-client.sh."""
    from feast_sidecar_client._proto.feast.serving import ServingService_pb2
    from feast_sidecar_client._proto.feast.types import Value_pb2

    buf = shutil.which("buf", path=str(ROOT / "node_modules/.bin"))
    assert buf is not None, "no buf: run `make setup`"
    image = tmp_path / "image.binpb"
    run(buf, "build", "--as-file-descriptor-set", "--exclude-source-info", "-o", str(image), cwd=ROOT)
    files = {each.name: each for each in descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file}
    module = {"feast/types/Value.proto": Value_pb2, "feast/serving/ServingService.proto": ServingService_pb2}[file]
    checked_in = descriptor_pb2.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(checked_in)
    assert without_json_names(checked_in) == without_json_names(files[file])


def without_json_names(file: descriptor_pb2.FileDescriptorProto) -> object:
    """protoc leaves them out of Python's descriptors; they follow from the names."""

    def strip(node: object) -> object:
        if isinstance(node, dict):
            return {name: strip(value) for name, value in node.items() if name != "jsonName"}
        return [strip(each) for each in node] if isinstance(node, list) else node

    return strip(json.loads(json_format.MessageToJson(file)))
