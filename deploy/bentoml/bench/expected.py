"""Prints {customer id: probability} for the churn example, from its files alone: what bench/predict.ts checks against."""

import csv
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from churn_model import ChurnModel  # noqa: E402
from train import CUSTOMERS, read_customers  # noqa: E402

rows, _ = read_customers()
with open(CUSTOMERS, newline="") as file:
    customer_ids = [line["customer_id"] for line in csv.DictReader(file)]
print(json.dumps(dict(zip(customer_ids, ChurnModel.load().predict(rows).tolist(), strict=True))))
