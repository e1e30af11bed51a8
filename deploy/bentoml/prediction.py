"""What `predict` answers, as JSON."""

from pydantic import BaseModel


class Degraded(BaseModel):
    """Features that were not read in time, one per view and policy."""

    view: str
    """`*` = all of them."""
    policy: str
    """`stale`, `default` or `partial` as the sidecar says; `missing`: no answer; `unnamed`: more than it could name."""
    reason: str
    """`deadline`, `outage`, `lag` or `overload`."""
    rows: int | None
    age_ms: int | None = None


class Score(BaseModel):
    customer_id: str
    churn: float
    """The probability that the customer leaves."""
    known: bool | None
    """False: the store has no such customer, and the model went by the average one. None: nobody could look."""


class Prediction(BaseModel):
    scores: list[Score] | None
    """In the order asked for; None when refused (503)."""
    degraded: list[Degraded]
    """Empty = all features were read in time."""
    features_ms: float
    """What the feature lookup took of this call."""
