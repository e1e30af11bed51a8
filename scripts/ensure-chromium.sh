#!/bin/sh
# Makes sure that chromium is on PATH: there already, or installed with the platform's package manager. Exit 1 and one sentence
# otherwise.
set -eu

here=${0%/*}
[ "$here" != "$0" ] || here=.
# shellcheck source=scripts/package-manager.sh
. "$here/package-manager.sh"

ensure_program chromium chromium "Chromium" chromium chromium chromium chromium
