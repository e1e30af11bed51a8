#!/bin/sh
# Makes sure that .tools/bin holds h2spec, the conformance tester of HTTP/2, built from its Go module. Exit 1 and one sentence
# otherwise.
set -eu
cd "$(dirname "$0")/.."

[ -x .tools/bin/h2spec ] && exit 0
command -v go >/dev/null 2>&1 || {
  echo "The tests of the HTTP/2 transport need h2spec, which is built with Go, and go is not on PATH: install Go 1.21 or newer." >&2
  exit 1
}
echo "Building h2spec into .tools/bin (half a minute, once)" >&2
mkdir -p .tools/bin
GOBIN="$PWD/.tools/bin" GOFLAGS=-p=1 go install github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible >&2 || {
  echo "h2spec could not be built: see go's words above; without a network the suite needs a .tools/bin/h2spec that was made before." >&2
  exit 1
}
