"""The trailer as the sidecar's own formatter (src/model/degradation.ts) writes it."""

import json
import shutil
import subprocess
from typing import Any

from feast_sidecar_client.degradation import Degradation, DegradedTrailer, parse_degraded
from sidecar_process import ROOT

NAMES = ["driver_stats", "a,b=c;d%", "żółw 🐢", "truncated", "x@v2", "~.-_"]


def as_sent(marks: list[dict[str, Any]]) -> str:
    node = shutil.which("node", path=str(ROOT / "node_modules/.bin"))
    assert node is not None, "no node: run `make setup`"
    script = f"""
import {{ formatDegradations }} from {json.dumps(str(ROOT / "src/model/degradation.ts"))};
process.stdout.write(formatDegradations({json.dumps(marks)}));
"""
    arguments = [node, "--input-type=module", "-e", script]
    return subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=30).stdout


def marks(names: list[str]) -> list[dict[str, Any]]:
    return [{"view": name, "policy": "stale", "reason": "lag", "rows": 3, "ageMs": 812} for name in names]


def test_every_name_comes_back() -> None:
    expected = tuple(Degradation(name, "stale", "lag", 3, 812) for name in NAMES)
    assert parse_degraded(as_sent(marks(NAMES))) == DegradedTrailer(expected)


def test_without_an_age() -> None:
    mark = {"view": "v", "policy": "partial", "reason": "outage", "rows": 1}
    assert parse_degraded(as_sent([mark])).items == (Degradation("v", "partial", "outage", 1, None),)


def test_a_list_that_was_cut() -> None:
    names = [f"view_{index}" for index in range(200)]
    parsed = parse_degraded(as_sent(marks(names)))
    assert parsed.truncated
    assert 20 < len(parsed.items) < 200
    assert [item.view for item in parsed.items] == names[: len(parsed.items)]
