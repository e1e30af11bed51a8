"""The churn model: a logistic regression over features of the churn repository, kept as JSON (train.py writes it)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODEL_FILE = Path(__file__).resolve().parent / "model.json"


@dataclass(frozen=True)
class Numeric:
    """A number, scaled to mean 0 and deviation 1; a missing one counts as the mean."""

    ref: str
    mean: float
    deviation: float


@dataclass(frozen=True)
class Category:
    """One of these texts or booleans, each an input of its own; a missing one counts as their shares in training."""

    ref: str
    values: list[Any]
    shares: list[float]


@dataclass(frozen=True)
class ChurnModel:
    """Inputs, weights in their order, and what training said of it."""

    numeric: list[Numeric]
    categories: list[Category]
    weights: list[float]
    intercept: float
    trained: dict[str, float]

    @property
    def features(self) -> list[str]:
        """What to ask the feature store for: `view:feature`."""
        return [each.ref for each in self.numeric] + [each.ref for each in self.categories]

    def inputs(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """Rows of feature name → value (None or absent = missing) as one line of numbers each."""
        columns: list[NDArray[np.float64]] = []
        for number in self.numeric:
            given = [row.get(feature_name(number.ref)) for row in rows]
            values = np.array([number.mean if each is None else each for each in given], dtype=np.float64)
            columns.append((values - number.mean) / number.deviation)
        for category in self.categories:
            given = [row.get(feature_name(category.ref)) for row in rows]
            for value, share in zip(category.values, category.shares, strict=True):
                columns.append(np.array([share if each is None else float(each == value) for each in given]))
        return np.column_stack(columns)

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        """The probability that each customer leaves."""
        return probabilities(self.inputs(rows), np.array(self.weights), self.intercept)

    @staticmethod
    def load(file: Path = MODEL_FILE) -> "ChurnModel":
        raw = json.loads(file.read_text())
        raw["numeric"] = [Numeric(**each) for each in raw["numeric"]]
        raw["categories"] = [Category(**each) for each in raw["categories"]]
        return ChurnModel(**raw)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"


def probabilities(inputs: NDArray[np.float64], weights: NDArray[np.float64], intercept: float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(inputs @ weights + intercept)))
    return result


def feature_name(ref: str) -> str:
    """The column that a reference `view:feature` is answered in."""
    return ref.partition(":")[2]
