"""`predict` over HTTP, with features from a real sidecar and a real model: the numbers are those of the files."""

import csv
from pathlib import Path

import pytest
from bento_process import Bento, serve_bento
from churn_model import ChurnModel
from sidecar_process import ROOT
from train import read_customers


def customer_ids() -> list[str]:
    with open(ROOT / "examples/churn/customers.csv", newline="") as file:
        return [line["customer_id"] for line in csv.DictReader(file)]


def test_every_customer_scores_as_in_training(bento: Bento) -> None:
    """No skew: what the sidecar serves is what the model was trained on, nulls included."""
    rows, _ = read_customers()
    answer = bento.predict(customer_ids())
    assert (answer.status, answer.body["degraded"]) == (200, [])
    scores = answer.body["scores"]
    assert [each["customer_id"] for each in scores] == customer_ids()
    assert [each["churn"] for each in scores] == pytest.approx(ChurnModel.load().predict(rows).tolist(), abs=1e-12)
    assert all(each["known"] for each in scores)
    assert 0 < answer.body["features_ms"] < 5000


def test_a_customer_nobody_knows_is_marked(bento: Bento) -> None:
    scores = bento.predict(["0000-NOONE", customer_ids()[0]]).body["scores"]
    assert [each["known"] for each in scores] == [False, True]
    assert scores[0]["churn"] == pytest.approx(ChurnModel.load().predict([{}])[0])


def test_nobody_is_no_error(bento: Bento) -> None:
    answer = bento.predict([])
    assert (answer.status, answer.body["scores"]) == (200, [])


def test_a_start_without_a_sidecar_fails_and_says_why(tmp_path: Path) -> None:
    missing = f"unix:{tmp_path / 'missing.sock'}"
    with pytest.raises(RuntimeError, match="no connection to unix:.*missing.sock within 300 ms"):
        with serve_bento(tmp_path, CHURN_FEATURES_TARGET=missing, CHURN_CONNECT_TIMEOUT_MS="300"):
            pytest.fail("it says that it is ready")
