"""load_redis.py REPOSITORY: writes the churn example's customers with real Feast into the Redis that its copy names."""

import sys
from pathlib import Path

import pandas as pd
from feast import FeatureStore

CUSTOMERS = Path(__file__).resolve().parents[3] / "examples/churn/customers.csv"


def main(repository: str) -> None:
    # "No" is an internet service here, not a missing value.
    frame = pd.read_csv(
        CUSTOMERS,
        parse_dates=["last_ticket_at", "updated_at"],
        keep_default_na=False,
        na_values=[""],
        dtype={"customer_id": "string"},
    )
    store = FeatureStore(repo_path=repository)
    for view in store.list_feature_views():
        columns = ["customer_id", *(field.name for field in view.features), "updated_at"]
        store.write_to_online_store(view.name, frame[columns])


main(sys.argv[1])
