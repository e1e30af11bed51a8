"""On-demand views: computed at read time in each mode, and one that is written to the online store."""

from typing import Any

import pandas as pd
from feast import Field, RequestSource
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Float64, Int64, String

from repo.entities import DRIVER
from repo.views import DRIVER_STATS, DRIVER_STATS2

INPUT = RequestSource(name="input", schema=[Field(name="val", dtype=Float64), Field(name="note", dtype=String)])
BONUS = RequestSource(name="bonus_input", schema=[Field(name="bonus", dtype=Int64)])


@on_demand_feature_view(
    name="odfv_python", mode="python", sources=[DRIVER_STATS, INPUT], schema=[Field(name="plus", dtype=Float64)]
)
def odfv_python(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"plus": [(c or 0.0) + (v or 0.0) for c, v in zip(inputs["conv_rate"], inputs["val"])]}


@on_demand_feature_view(
    name="odfv_pandas", mode="pandas", sources=[DRIVER_STATS2], schema=[Field(name="twice", dtype=Float64)]
)
def odfv_pandas(features_df: pd.DataFrame) -> pd.DataFrame:
    df = pd.DataFrame()
    df["twice"] = features_df["other"].astype("float64") * 2
    return df


@on_demand_feature_view(
    name="odfv_single",
    mode="python",
    singleton=True,
    sources=[DRIVER_STATS2],
    schema=[Field(name="single", dtype=Int64)],
)
def odfv_single(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"single": (inputs["other"] or 0) + 1}


@on_demand_feature_view(
    name="odfv_shadow", mode="python", sources=[DRIVER_STATS2], schema=[Field(name="other", dtype=Int64)]
)
def odfv_shadow(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"other": [(o or 0) + 100 for o in inputs["other"]]}


@on_demand_feature_view(
    name="odfv_request", mode="python", sources=[BONUS], schema=[Field(name="bonus_twice", dtype=Int64)]
)
def odfv_request(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"bonus_twice": [b * 2 for b in inputs["bonus"]]}


@on_demand_feature_view(
    name="odfv_stored",
    mode="python",
    entities=[DRIVER],
    sources=[DRIVER_STATS2],
    schema=[Field(name="stored_sum", dtype=Int64)],
    write_to_online_store=True,
)
def odfv_stored(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"stored_sum": [t + o for t, o in zip(inputs["trips"], inputs["other"])]}


ON_DEMAND_VIEWS = [odfv_python, odfv_pandas, odfv_single, odfv_shadow, odfv_request, odfv_stored]
