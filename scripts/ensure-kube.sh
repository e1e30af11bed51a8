#!/bin/sh
# Makes sure that .tools/bin holds the etcd, kube-apiserver and kubectl of test/kube/programs, built from their Go modules, for
# `make test-k8s`. `--check` only says whether they are there. Exit 1 and one sentence otherwise.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/go-tool.sh
. scripts/go-tool.sh

programs="etcd kubectl kube-apiserver"
source=test/kube/programs
stamp=.tools/bin/.kube-programs-cksum
wanted=$(cat $source/go.mod $source/*/main.go | cksum)

up_to_date() {
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] || return 1
  for program in $programs; do [ -x ".tools/bin/$program" ] || return 1; done
}

up_to_date && exit 0
[ "${1:-}" != --check ] || {
  echo "test-k8s left out: its API server is not built; \`make kube\` builds it from Go modules (some ten minutes, once)" >&2
  exit 1
}
need_go "kube-apiserver"

# shellcheck disable=SC2086
build_kubernetes $source "some ten minutes for all" $programs
printf '%s\n' "$wanted" >"$stamp"
