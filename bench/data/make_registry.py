"""Writes bench/data/repo/registry.db with real Feast.

Run from the repository's root, after `make venv`:

    .venv/bin/python bench/data/make_registry.py

Views come out AVAILABLE_ONLINE, because one row is really materialized (into a store that is thrown away). Timestamps and ids in
the registry are new in each run.
"""

import os
import shutil
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path

os.environ["FEAST_USAGE"] = "False"

import pandas as pd  # noqa: E402
from feast import FeatureStore  # noqa: E402

HERE = Path(__file__).resolve().parent / "repo"
CONFIGURATION = """project: bench
registry: registry.db
provider: local
online_store:
  type: sqlite
  path: online.db
entity_key_serialization_version: 3
"""
WRITTEN_AT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def main() -> None:
    sys.path.insert(0, str(HERE))
    import definitions

    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        Path("feature_store.yaml").write_text(CONFIGURATION)
        columns = definitions.VIEWS * definitions.FEATURES_PER_VIEW
        row = {"entity": [1], "event_timestamp": [WRITTEN_AT], **{f"feature_{column}": [0] for column in range(columns)}}
        pd.DataFrame(row).to_parquet("source.parquet", index=False)
        store = FeatureStore(repo_path=scratch)
        store.apply([definitions.entity, definitions.source, *definitions.views, *definitions.services])
        store.materialize(start_date=datetime(2025, 12, 1, tzinfo=timezone.utc), end_date=datetime(2026, 2, 1, tzinfo=timezone.utc))
        shutil.copy("registry.db", HERE / "registry.db")


if __name__ == "__main__":
    main()
