"""A BentoML service that predicts churn: customer ids in, features from the sidecar, a probability for each out."""

import os

import bentoml
from churn_model import ChurnModel
from feature_lookup import FeatureLookup
from opentelemetry import propagate
from prediction import Prediction, Score
from settings import Settings, tracing


@bentoml.service(name="churn", workers=1, traffic={"timeout": 5}, tracing=tracing(os.environ))
class Churn:
    def __init__(self) -> None:
        self._settings = Settings.read(os.environ)
        self._model = ChurnModel.load()
        self._lookup = FeatureLookup(self._settings, self._model.features)

    # Not in __init__: the channel belongs to the loop that serves, and is open before the first call with its few milliseconds.
    @bentoml.on_startup
    async def connect(self) -> None:
        await self._lookup.connect()

    @bentoml.api
    async def predict(self, customer_ids: list[str], ctx: bentoml.Context) -> Prediction:
        trace: dict[str, str] = {}
        propagate.inject(trace)
        found = await self._lookup.find(customer_ids, trace)
        if found.degraded and self._settings.on_late == "refuse":
            # Not an exception: BentoML would log a stack trace for each, in the very minute in which there are many.
            ctx.response.status_code = 503
            ctx.response.headers["Retry-After"] = "1"
            return Prediction(scores=None, degraded=found.degraded, features_ms=found.took_ms)
        churn = self._model.predict(found.rows)
        scores = [
            Score(customer_id=each, churn=probability, known=known)
            for each, probability, known in zip(customer_ids, churn.tolist(), found.known, strict=True)
        ]
        return Prediction(scores=scores, degraded=found.degraded, features_ms=found.took_ms)

    @bentoml.on_shutdown
    async def close(self) -> None:
        await self._lookup.close()
