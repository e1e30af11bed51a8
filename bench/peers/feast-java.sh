#!/bin/sh
# feast-java.sh REPO PORT REDIS_PORT: Feast's Java server (java/serving/README.md of https://github.com/feast-dev/feast says how the jar is
# built). BENCH_FEAST_JAVA_JAR names the jar with its dependencies.
set -eu
: "${BENCH_FEAST_JAVA_JAR:?the path of feast-serving-…-jar-with-dependencies.jar}"
cat >"$1/application-override.yaml" <<YAML
feast:
  project: bench
  registry: $1/registry.db
  entityKeySerializationVersion: 3
  activeStore: online
  stores:
    - name: online
      type: REDIS
      config: {host: 127.0.0.1, port: $3}
grpc:
  server:
    port: $2
YAML
exec java -Xms1g -Xmx1g -jar "$BENCH_FEAST_JAVA_JAR" classpath:/application.yml "file:$1/application-override.yaml"
