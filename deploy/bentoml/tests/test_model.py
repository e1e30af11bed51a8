"""The model: trained anew it is the one that is checked in, and it says something about customers."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from churn_model import MODEL_FILE, ChurnModel, feature_name
from sidecar_process import ROOT
from train import read_customers, train


def test_training_gives_the_checked_in_model() -> None:
    assert train(*read_customers()).to_json() == MODEL_FILE.read_text()


def test_it_tells_who_leaves_from_who_stays() -> None:
    assert ChurnModel.load().trained["auc_of_5_folds"] > 0.75
    rows, labels = read_customers()
    churn = ChurnModel.load().predict(rows)
    assert churn[labels == 1].mean() > churn[labels == 0].mean() + 0.2


def test_its_average_is_the_share_that_left() -> None:
    # So it is for any logistic regression with an intercept; weights that were mixed up would not have it.
    rows, labels = read_customers()
    assert ChurnModel.load().predict(rows).mean() == pytest.approx(labels.mean(), abs=1e-4)


def test_a_customer_of_whom_nothing_is_known_is_the_average_one() -> None:
    model = ChurnModel.load()
    inputs = model.inputs([{}, {feature_name(ref): None for ref in model.features}])
    assert np.array_equal(inputs[0], inputs[1])
    rows, _ = read_customers()
    complete = [row for row in rows if row["total_charges"] is not None]
    assert np.allclose(inputs[0], model.inputs(complete).mean(axis=0), atol=0.1)


def test_no_customers_are_no_scores() -> None:
    assert ChurnModel.load().predict([]).shape == (0,)


def test_training_check_tells_a_changed_model(tmp_path: Path) -> None:
    folder = tmp_path / "deploy/bentoml"
    folder.mkdir(parents=True)
    shutil.copytree(ROOT / "examples/churn", tmp_path / "examples/churn")
    for name in ("train.py", "churn_model.py", "model.json", "churned.csv"):
        shutil.copy(ROOT / "deploy/bentoml" / name, folder)
    check = [sys.executable, str(folder / "train.py"), "--check"]
    assert subprocess.run(check).returncode == 0
    model = folder / "model.json"
    model.write_text(model.read_text().replace('"intercept": -0', '"intercept": -1'))
    assert subprocess.run(check).returncode == 1
