"""Writes data/registry.db and data/online.db from customers.csv with real Feast.

Run from the repository's root, after `make venv`:

    .venv/bin/python examples/churn/make_data.py

Registry timestamps and ids are new in each run; the features are not.
"""

import os
import time
from datetime import datetime, timezone
from pathlib import Path

# Feast's SQLite store writes event times in the local zone of the process (feast/infra/online_stores/sqlite.py).
os.environ["TZ"] = "UTC"
os.environ["FEAST_USAGE"] = "False"
time.tzset()

import pandas as pd  # noqa: E402
from feast import FeatureStore  # noqa: E402

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
COLUMN_TYPES = {
    "customer_id": "string",
    "tenure_months": "int64",
    "contract": "string",
    "senior_citizen": "bool",
    "internet_service": "string",
    "monthly_charges": "float64",
    "total_charges": "float64",
    "payment_method": "string",
    "paperless_billing": "bool",
}


def main() -> None:
    os.chdir(HERE)
    DATA.mkdir(exist_ok=True)
    for old in DATA.iterdir():
        old.unlink()

    # "No" is an internet service here, not a missing value.
    frame = pd.read_csv(
        "customers.csv",
        dtype=COLUMN_TYPES,
        parse_dates=["last_ticket_at", "updated_at"],
        keep_default_na=False,
        na_values=[""],
    )
    frame.to_parquet(DATA / "customers.parquet", index=False)

    import definitions

    store = FeatureStore(repo_path=str(HERE))
    store.apply(
        [
            definitions.customer,
            definitions.customers,
            definitions.customer_profile,
            definitions.customer_billing,
            definitions.churn_v1,
        ]
    )
    first = frame["updated_at"].min().to_pydatetime()
    store.materialize(start_date=first, end_date=datetime(2026, 11, 2, tzinfo=timezone.utc))
    (DATA / "customers.parquet").unlink()


if __name__ == "__main__":
    main()
