#!/bin/sh
# The latency gate: ghz at a fixed rate against the real server and a real Redis, and CPU time against the frozen baseline. Arguments
# go to bench/ghz-gate.ts (`--record` writes the ratio that later runs are held to).
set -eu
cd "$(dirname "$0")/.."

scripts/ensure-ghz.sh
scripts/ensure-redis.sh
PATH="$PWD/node_modules/.bin:$PATH" exec node bench/ghz-gate.ts "$@"
