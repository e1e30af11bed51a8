"""Trains model.json from the churn repository's customers.csv and churned.csv; the same numbers in every run.

    .venv-bentoml/bin/python deploy/bentoml/train.py [--check]

`--check` writes nothing and ends with 1 when model.json is not what training gives.
"""

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np
from churn_model import MODEL_FILE, Category, ChurnModel, Numeric, feature_name, probabilities
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
CUSTOMERS = HERE / "../../examples/churn/customers.csv"
NUMERIC = ["customer_profile:tenure_months", "customer_billing:monthly_charges", "customer_billing:total_charges"]
CATEGORIES = [
    "customer_profile:contract",
    "customer_profile:internet_service",
    "customer_profile:senior_citizen",
    "customer_billing:payment_method",
    "customer_billing:paperless_billing",
]
BOOLEANS = {"senior_citizen", "paperless_billing"}
# Keeps the weights of inputs that say the same (tenure and total charges) small.
RIDGE = 1.0
NEWTON_STEPS = 25
FOLDS = 5
DIGITS = 6

Row = dict[str, Any]


def read_customers() -> tuple[list[Row], NDArray[np.float64]]:
    """Features as the feature store gives them, and who left."""
    with open(HERE / "churned.csv", newline="") as file:
        churned = {line["customer_id"]: line["churned"] == "true" for line in csv.DictReader(file)}
    with open(CUSTOMERS, newline="") as file:
        lines = list(csv.DictReader(file))
    numbers, texts = [feature_name(ref) for ref in NUMERIC], [feature_name(ref) for ref in CATEGORIES]
    rows: list[Row] = []
    for line in lines:
        row: Row = {name: float(line[name]) if line[name] else None for name in numbers}
        row |= {name: line[name] == "true" if name in BOOLEANS else line[name] for name in texts}
        rows.append(row)
    return rows, np.array([churned[line["customer_id"]] for line in lines], dtype=np.float64)


def train(rows: list[Row], labels: NDArray[np.float64]) -> ChurnModel:
    untrained = ChurnModel(
        numeric=[_scale(ref, rows) for ref in NUMERIC],
        categories=[_values(ref, rows) for ref in CATEGORIES],
        weights=[],
        intercept=0.0,
        trained={},
    )
    inputs = untrained.inputs(rows)
    weights, intercept = _fit(inputs, labels)
    return ChurnModel(
        numeric=untrained.numeric,
        categories=untrained.categories,
        weights=[round(float(each), DIGITS) for each in weights],
        intercept=round(intercept, DIGITS),
        trained={
            "rows": len(rows),
            "left": int(labels.sum()),
            "auc_of_5_folds": round(_held_out_auc(inputs, labels), 3),
        },
    )


def _scale(ref: str, rows: list[Row]) -> Numeric:
    given = np.array([row[feature_name(ref)] for row in rows if row[feature_name(ref)] is not None])
    return Numeric(ref, round(float(given.mean()), DIGITS), round(float(given.std()), DIGITS))


def _values(ref: str, rows: list[Row]) -> Category:
    given = [row[feature_name(ref)] for row in rows]
    values = sorted(set(given))
    return Category(ref, values, [round(given.count(value) / len(given), DIGITS) for value in values])


def _fit(inputs: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Newton's method on the regularized likelihood; the intercept is not regularized."""
    table = np.column_stack([inputs, np.ones(len(inputs))])
    ridge = np.diag([RIDGE] * inputs.shape[1] + [0.0])
    weights = np.zeros(table.shape[1])
    for _ in range(NEWTON_STEPS):
        expected = probabilities(table, weights, 0.0)
        slope = table.T @ (expected - labels) + ridge @ weights
        curve = (table.T * (expected * (1 - expected))) @ table + ridge
        weights = weights - np.linalg.solve(curve, slope)
    return weights[:-1], float(weights[-1])


def _held_out_auc(inputs: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """How often a customer who left scores above one who stayed, each scored by a model that has not seen them."""
    fold_of = np.arange(len(labels)) % FOLDS
    scores = np.empty(len(labels))
    for fold in range(FOLDS):
        weights, intercept = _fit(inputs[fold_of != fold], labels[fold_of != fold])
        scores[fold_of == fold] = probabilities(inputs[fold_of == fold], weights, intercept)
    left, stayed = scores[labels == 1], scores[labels == 0]
    return float(np.mean(left[:, None] > stayed[None, :]))


def main() -> int:
    text = train(*read_customers()).to_json()
    if sys.argv[1:] == ["--check"]:
        return 0 if MODEL_FILE.read_text() == text else 1
    MODEL_FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
