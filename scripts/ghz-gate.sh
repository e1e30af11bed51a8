#!/bin/sh
# The latency gate: ghz at a fixed rate against the real server and a real Redis, and CPU time against the frozen baseline. Arguments
# go to bench/ghz-gate.ts: `--record` runs five rounds and writes the ratio of CPU time, which that of later runs is held to, with the figures
# that it is taken over, date, commit and machine.
set -eu
cd "$(dirname "$0")/.."

scripts/ensure-ghz.sh
scripts/ensure-redis.sh
PATH="$PWD/node_modules/.bin:$PATH" exec node bench/ghz-gate.ts "$@"
