#!/bin/sh
# Makes sure that .tools/bin/ghz is the ghz that the gate is written for, built once from its Go module. Exit 1 and one sentence
# otherwise.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/go-tool.sh
. scripts/go-tool.sh

ensure_go_tool ghz github.com/bojand/ghz v0.120.0 github.com/bojand/ghz/cmd/ghz "a minute or two"
