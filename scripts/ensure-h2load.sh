#!/bin/sh
# Makes sure that h2load, the load tester of nghttp2, is on PATH: there already, or installed with the platform's package
# manager. Exit 1 and one sentence otherwise.
set -eu

here=${0%/*}
[ "$here" != "$0" ] || here=.
# shellcheck source=scripts/package-manager.sh
. "$here/package-manager.sh"

ensure_program h2load h2load "nghttp2 with its programs" nghttp2 nghttp2-client nghttp2 nghttp2
