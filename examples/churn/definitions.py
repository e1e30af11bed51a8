"""Features of a churn model: one entity, two views without a ttl, one service."""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, ValueType
from feast.types import Bool, Float64, Int64, String, UnixTimestamp

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)

# Made from customers.csv by make_data.py, and only there while it runs.
customers = FileSource(name="customers", path="data/customers.parquet", timestamp_field="updated_at")

customer_profile = FeatureView(
    name="customer_profile",
    entities=[customer],
    ttl=timedelta(0),  # No limit: the checked-in store never goes stale.
    schema=[
        Field(name="tenure_months", dtype=Int64),
        Field(name="contract", dtype=String),
        Field(name="senior_citizen", dtype=Bool),
        Field(name="internet_service", dtype=String),
        Field(name="last_ticket_at", dtype=UnixTimestamp),
    ],
    source=customers,
)

customer_billing = FeatureView(
    name="customer_billing",
    entities=[customer],
    ttl=timedelta(0),
    schema=[
        Field(name="monthly_charges", dtype=Float64),
        Field(name="total_charges", dtype=Float64),
        Field(name="payment_method", dtype=String),
        Field(name="paperless_billing", dtype=Bool),
    ],
    source=customers,
)

churn_v1 = FeatureService(name="churn_v1", features=[customer_profile, customer_billing])
