#!/bin/sh
# Makes sure that promtool, which checks Prometheus rules, is on PATH: there already, or installed with the platform's package
# manager. Exit 1 and one sentence otherwise.
set -eu

here=${0%/*}
[ "$here" != "$0" ] || here=.
# shellcheck source=scripts/package-manager.sh
. "$here/package-manager.sh"

ensure_program promtool promtool "Prometheus, which has promtool," prometheus prometheus prometheus golang-github-prometheus
