#!/bin/sh
# The long proofs: the random and fuzz tests of `make test` with new seeds and far more rounds. Writes docs/test-long.md, the last
# result. Takes some two hours.
set -u
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"
export PATH

seed=${SEED:-$(date +%s)}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
rows=""

# run NAME FILES… : one line of the result; the environment says how long.
run() {
  name=$1
  shift
  started=$(date +%s)
  if vitest run "$@" >"$log" 2>&1; then outcome=held; else outcome=FAILED; status=1; cat "$log"; fi
  counts=$(sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -E '^[0-9]+ passed, [0-9]+ failed' | tail -n 1)
  echo "$name: $outcome, $counts"
  rows="$rows| $name | $outcome | $counts | $(($(date +%s) - started)) s |
"
}

export FUZZ_SEED=$seed DIFFERENTIAL_SEED=$seed CONFORMANCE_SEED=$seed
CONFORMANCE_REQUESTS=${LONG_REQUESTS:-5000} run "random requests against real Feast, ${LONG_REQUESTS:-5000} over each of 3 repositories" \
  --project conformance test/conformance/random.test.ts
FUZZ_ROUNDS=${LONG_ROUNDS:-20} run "mutated requests against the live server, ${LONG_ROUNDS:-20} × 7000 inputs" \
  --project integration test/integration/fuzz.test.ts
FUZZ_ROUNDS=${LONG_ROUNDS:-20} run "damaged reviews to the injector, ${LONG_ROUNDS:-20} × 2000" \
  --project integration test/integration/injector-hostile.test.ts
FUZZ_SECONDS=${LONG_SECONDS:-600} run "hostile HTTP/2, ${LONG_SECONDS:-600} s" --project integration test/integration/lean-hostile.test.ts
FULL_RATE_SECONDS=${LONG_RATE_SECONDS:-60} run "honest clients at full rate, ${LONG_RATE_SECONDS:-60} s each, 2,000 cancels a second" \
  --project integration test/integration/lean-full-rate.test.ts
run "manifests, policy, webhook and chart in a real API server" --project kube

# Writes docs/node-test.md with its figures.
started=$(date +%s)
if [ "$(id -u)" -ne 0 ]; then outcome="left out: it takes root"
elif make test-node; then outcome=held; else outcome=FAILED; status=1; fi
rows="$rows| our image in its pod on a real node (docs/node-test.md) | $outcome | | $(($(date +%s) - started)) s |
"

# Writes bench/results/faults.md with its figures.
started=$(date +%s)
if node test/faults/run-faults.ts; then outcome=held; else outcome=FAILED; status=1; fi
rows="$rows| every fault of Redis at full length, five times (bench/results/faults.md) | $outcome | | $(($(date +%s) - started)) s |
"

# Writes bench/results/budget.md with its figures.
started=$(date +%s)
if node test/budget/run-budget.ts --repeats "${LONG_BUDGET:-1}"; then outcome=held; else outcome=FAILED; status=1; fi
rows="$rows| every proof of the budget at full length, repeats: ${LONG_BUDGET:-1} (bench/results/budget.md) | $outcome | | $(($(date +%s) - started)) s |
"

# Writes bench/results/freshness.md with its figures.
started=$(date +%s)
if node test/freshness/run-freshness.ts --seconds "${LONG_FRESHNESS:-900}" --seed "$seed" --out bench/results/freshness.md; then outcome=held; else outcome=FAILED; status=1; fi
rows="$rows| every row out of the cache against all that was written, ${LONG_FRESHNESS:-900} s (bench/results/freshness.md) | $outcome | | $(($(date +%s) - started)) s |
"

# Writes bench/results/cache-memory.md with its figures.
started=$(date +%s)
if node bench/cache-memory.ts --keys "${LONG_KEYS:-10000000}" --out bench/results/cache-memory.md; then outcome=held; else outcome=FAILED; status=1; fi
rows="$rows| memory of the cache, ${LONG_KEYS:-10000000} keys (bench/results/cache-memory.md) | $outcome | | $(($(date +%s) - started)) s |
"

cat >docs/test-long.md <<EOF
# The last long run

\`make test-long\` on $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD), seed $seed.

| proof | outcome | tests | time |
| --- | --- | --- | --- |
$rows
EOF
exit $status
