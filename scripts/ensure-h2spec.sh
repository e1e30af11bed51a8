#!/bin/sh
# Makes sure that .tools/bin holds h2spec, the conformance tester of HTTP/2, built from its Go module. Exit 1 and one sentence
# otherwise.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/go-tool.sh
. scripts/go-tool.sh

ensure_go_tool h2spec github.com/summerwind/h2spec v2.2.1+incompatible github.com/summerwind/h2spec/cmd/h2spec "half a minute"
