"""The same predictions with Feast's SDK in the model's process, as its documentation shows it, for bench/predict.ts.

Reads the repository in CHURN_REPOSITORY. Runs in the venv of `scripts/ensure-bentoml.sh --with-feast`.
"""

import os
import time

import bentoml
from churn_model import ChurnModel
from feast import FeatureStore
from prediction import Prediction, Score


@bentoml.service(name="churn_sdk", workers=1, traffic={"timeout": 5})
class ChurnSdk:
    def __init__(self) -> None:
        self._model = ChurnModel.load()
        self._store = FeatureStore(repo_path=os.environ["CHURN_REPOSITORY"])
        # As the other service does: no prediction pays for the first calls.
        for _ in range(50):
            self._find([""])

    # Not a coroutine, so that BentoML runs it in a thread: the SDK's call blocks.
    @bentoml.api
    def predict(self, customer_ids: list[str]) -> Prediction:
        start_s = time.perf_counter()
        rows = self._find(customer_ids)
        features_ms = (time.perf_counter() - start_s) * 1000
        churn = self._model.predict(rows)
        scores = [
            # The SDK's dictionaries have no statuses: a customer who is not there has no values.
            Score(customer_id=each, churn=probability, known=row["contract"] is not None)
            for each, probability, row in zip(customer_ids, churn.tolist(), rows, strict=True)
        ]
        return Prediction(scores=scores, degraded=[], features_ms=features_ms)

    def _find(self, customer_ids: list[str]) -> list[dict[str, object]]:
        answer = self._store.get_online_features(
            features=self._model.features, entity_rows=[{"customer_id": each} for each in customer_ids]
        )
        columns = answer.to_dict()
        return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
