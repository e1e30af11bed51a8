"""A view at versions 0, 1 and 2 with data in each, and the services over it (registry flag for versioning is on)."""

from feast import FeatureService
from feast.types import Float64, Int64, String

from repo.entities import CUSTOMER, DRIVER
from repo.rows import DAY_TWO, load
from repo.views import fields, view

DS = [
    view("ds", [DRIVER], fields(trips=Int64, rate=Float64)),
    view("ds", [DRIVER], fields(trips=Int64, rate=Float64, city=String)),
    view("ds", [DRIVER], fields(trips=Int64, city=String, extra=Int64)),
]
CU = view("cu", [CUSTOMER], fields(spend=Float64))
# Pinned by its definition: spec.version is "v0", so its current version number is 0, not "none".
FIXED = view("fixed", [DRIVER], fields(f=Int64), version="v0")

LOADS = [
    [
        load("ds", driver_id=[1, 2, 3], trips=[10, 20, 30], rate=[0.5, 0.25, 0.125]),
        load("cu", customer_id=["c1"], spend=[1.5]),
        load("fixed", driver_id=[1], f=[1]),
    ],
    [load("ds", driver_id=[1, 2], trips=[110, 120], rate=[1.5, 1.25], city=["Oslo", None])],
    [load("ds", event=DAY_TWO, driver_id=[1, 4], trips=[210, 240], city=["Rome", "Bonn"], extra=[1, 2])],
]


def services():
    """Built once version 2 is the current one."""
    return [
        FeatureService(name="vsvc", features=[DS[2], CU]),
        FeatureService(name="vsvc_v0", features=["ds@v0"]),
        FeatureService(name="vsvc_v1", features=["ds@v1", CU]),
        FeatureService(name="vsvc_v1_trips", features=["ds@v1:trips"]),
        FeatureService(name="vsvc_mixed", features=["ds@v1:trips", "ds@v2:city"]),
        FeatureService(name="vsvc_alias", features=[DS[2].with_name("renamed")]),
        FeatureService(name="vsvc_latest", features=["ds:trips"]),
        FeatureService(name="vsvc_fixed", features=[FIXED, DS[2][["trips"]]]),
    ]
