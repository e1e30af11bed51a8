#!/bin/sh
# Makes sure that .tools/bin/ghz is the ghz that the gate is written for, built once from its Go module. Exit 1 and one sentence
# otherwise.
set -eu
cd "$(dirname "$0")/.."

version=v0.120.0
ghz=.tools/bin/ghz

if [ -x "$ghz" ]; then
  # Without go there is no telling the version, and no other way to get one: what is there is taken.
  command -v go >/dev/null 2>&1 || exit 0
  go version -m "$ghz" 2>/dev/null | grep -q "github.com/bojand/ghz[[:space:]]*$version" && exit 0
fi
command -v go >/dev/null 2>&1 || {
  echo "The ghz gate needs ghz $version in .tools/bin, which is built from its Go module, and there is no go on PATH: install Go" \
    "1.22 or newer and run this again." >&2
  exit 1
}
echo "Building ghz $version into .tools/bin (a minute or two, once)" >&2
mkdir -p .tools/bin
# One package at a time: the build must not take the memory of a small machine.
GOBIN="$PWD/.tools/bin" GOFLAGS=-p=1 go install "github.com/bojand/ghz/cmd/ghz@$version" >&2 || {
  echo "ghz $version could not be built: see go's words above; it takes a network, or a Go module cache that has it." >&2
  exit 1
}
