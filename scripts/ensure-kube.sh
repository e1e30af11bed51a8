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

version=$(sed -n 's/^[[:space:]]*k8s.io\/kubernetes v//p' $source/go.mod)
major=${version%%.*}
minor=${version#*.}
minor=${minor%%.*}
mkdir -p .tools/bin
target=$PWD/.tools/bin
cd "$source"
for program in $programs; do
  echo "Building $program of Kubernetes $version into .tools/bin (once; some ten minutes for all)" >&2
  # A main package does not know its version by itself; clients ask for it.
  nice -n 19 go build -trimpath -o "$target/$program" -ldflags "-s -w \
    -X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/component-base/version.gitMajor=$major \
    -X k8s.io/component-base/version.gitMinor=$minor" "./$program" >&2 || {
    echo "$program could not be built: see go's words above; it takes a network, or a Go module cache that has Kubernetes $version." >&2
    exit 1
  }
done
cd "$OLDPWD"
printf '%s\n' "$wanted" >"$stamp"
