#!/bin/sh
# feast-go.sh REPO PORT: Feast's Go server (https://github.com/feast-dev/feast, `go build -o feast-go ./go`) on gRPC. BENCH_FEAST_GO names
# the binary.
set -eu
: "${BENCH_FEAST_GO:?the path of the built Go server}"
exec "$BENCH_FEAST_GO" -type grpc -chdir "$1" -host 127.0.0.1 -port "$2" -metrics-port "$(($2 + 1))"
