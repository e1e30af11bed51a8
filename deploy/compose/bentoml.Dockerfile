# The churn service of deploy/bentoml with the client of clients/python.
FROM python:3.11-slim
WORKDIR /service
COPY deploy/bentoml/requirements.txt ./
COPY clients/python /client
RUN pip install --no-cache-dir -r requirements.txt /client
COPY deploy/bentoml ./
USER 65534:65534
ENV BENTOML_HOME=/tmp/bentoml
CMD ["bentoml", "serve", "service:Churn", "--host", "0.0.0.0", "--port", "3000"]
