#!/bin/sh
# Makes sure that .venv-bentoml holds what deploy/bentoml/requirements-test.txt pins: BentoML, the tests' tools, and no Feast, so that the
# Python client is also tested where there is none. `--with-feast`: .venv-bentoml-feast, the same with Feast, for bench/predict.ts.
# Kept between runs; a stamp with the files' checksum tells when it is out of date.
set -eu
cd "$(dirname "$0")/.."

venv=.venv-bentoml
requirements=deploy/bentoml/requirements-test.txt
case "${1:-}" in
  '') ;;
  --with-feast)
    venv=.venv-bentoml-feast
    requirements=deploy/bentoml/bench/requirements.txt
    ;;
  *) echo "usage: scripts/ensure-bentoml.sh [--with-feast]" >&2; exit 64 ;;
esac
stamp=$venv/.requirements-cksum
wanted=$(cat deploy/bentoml/requirements-test.txt "$requirements" | cksum)

[ -x "$venv/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0

# The Python that `make venv` chose is new enough and can make environments.
scripts/ensure-venv.sh
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
  rm -rf "$venv"
  .venv/bin/python -m venv "$venv"
fi
echo "Installing BentoML into $venv (a minute or two, once)" >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" >&2 || {
  echo "pip could not install $requirements into $venv: see its words above; without a network the suite needs a $venv that was" \
    "made before." >&2
  exit 1
}
printf '%s\n' "$wanted" >"$stamp"
