"""The features of some customers, out of the sidecar, in time or not at all."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feast_sidecar_client import (
    AsyncSidecarClient,
    DeadlineExceededError,
    FeatureStatus,
    OnlineFeatures,
    OverloadedError,
    UnavailableError,
)
from prediction import Degraded
from settings import Settings

# The first calls of a process are slow: code that has not run yet, here and in the sidecar.
_WARM_UP_CALLS = 50
_REASONS = {DeadlineExceededError: "deadline", UnavailableError: "outage", OverloadedError: "overload"}


@dataclass(frozen=True)
class Found:
    rows: list[dict[str, Any]]
    """One per customer: feature name → value, None where there is none."""
    known: list[bool | None]
    """Whether the store has the customer; None = nobody could look."""
    degraded: list[Degraded]
    took_ms: float


class FeatureLookup:
    def __init__(self, settings: Settings, features: Sequence[str]) -> None:
        self._features = list(features)
        self._connect_timeout_ms = settings.connect_timeout_ms
        self._client = AsyncSidecarClient(settings.target, timeout_ms=settings.timeout_ms)

    async def connect(self) -> None:
        """
        On the loop that will serve. Asks a few times for a customer who is not there, so that no prediction pays for the
        first calls.

        Raises:
            UnavailableError: when the sidecar is not there in time.
            BadRequestError: when it does not know the model's features.
        """
        await self._client.connect(self._connect_timeout_ms)
        for _ in range(_WARM_UP_CALLS):
            await self.find([""], {})

    async def close(self) -> None:
        await self._client.close(grace_ms=1000)

    async def find(self, customer_ids: Sequence[str], trace: Mapping[str, str]) -> Found:
        """
        Takes no longer than the deadline. What was not read in time is named in `degraded`, with policy `missing` when there
        was no answer at all.

        Raises:
            SidecarError: when the question is wrong, which no waiting mends.
        """
        if not customer_ids:
            # Feast calls an empty column a mistake.
            return Found([], [], [], 0.0)
        start_s = time.perf_counter()
        try:
            answer = await self._client.get_online_features(
                self._features, {"customer_id": list(customer_ids)}, metadata=trace
            )
        except (DeadlineExceededError, UnavailableError, OverloadedError) as error:
            missing = Degraded(view="*", policy="missing", reason=_REASONS[type(error)], rows=len(customer_ids))
            nothing: list[dict[str, Any]] = [{} for _ in customer_ids]
            return Found(nothing, [None] * len(nothing), [missing], _since_ms(start_s))
        return Found(answer.rows(), _known(answer), _degraded(answer), _since_ms(start_s))


def _known(answer: OnlineFeatures) -> list[bool | None]:
    known: list[bool | None] = []
    for statuses in zip(*(column.statuses for name, column in answer.items() if name != "customer_id"), strict=True):
        seen = set(statuses) - {FeatureStatus.INVALID}
        known.append(None if not seen else seen != {FeatureStatus.NOT_FOUND})
    return known


def _degraded(answer: OnlineFeatures) -> list[Degraded]:
    named = [
        Degraded(view=d.view, policy=d.policy, reason=d.reason, rows=d.rows, age_ms=d.age_ms)
        for d in answer.degradations
    ]
    cut = [Degraded(view="*", policy="unnamed", reason="", rows=None)] if answer.degradations_truncated else []
    return named + cut


def _since_ms(start_s: float) -> float:
    return (time.perf_counter() - start_s) * 1000
