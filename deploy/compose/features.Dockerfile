# Real Feast with the churn example, materialized into the Redis of compose.yaml.
FROM python:3.11-slim
WORKDIR /churn
RUN pip install --no-cache-dir "feast[redis]==0.67.0"
COPY examples/churn/definitions.py examples/churn/make_data.py examples/churn/customers.csv ./
COPY deploy/compose/feature_store.yaml ./
CMD ["sh", "-c", "cp ./* /feature-repo && python /feature-repo/make_data.py"]
