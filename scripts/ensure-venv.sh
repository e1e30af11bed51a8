#!/bin/sh
# Makes sure that .venv holds the real Feast that test/conformance/feast/requirements.txt pins. Kept between runs; a stamp
# with the file's checksum tells when it is out of date.
set -eu
cd "$(dirname "$0")/.."

requirements=test/conformance/feast/requirements.txt
stamp=.venv/.requirements-cksum
wanted=$(cksum <"$requirements")

[ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0

# The first Python that runs, is new enough for the pinned packages (NumPy) and can make environments; the pins come from 3.11.
find_python() {
  for name in python3.11 python3.12 python3.13 python3; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      echo "$name"
      return 0
    fi
  done
  return 1
}

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  python=$(find_python) || {
    echo "The conformance tests need Python 3.11 or newer with venv and ensurepip (on Debian and Ubuntu: apt-get install" \
      "python3-venv), and none was found on PATH." >&2
    exit 1
  }
  echo "Making .venv with $("$python" --version)" >&2
  rm -rf .venv
  "$python" -m venv .venv
fi
echo "Installing real Feast into .venv (a minute or two, once)" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$requirements" >&2 || {
  echo "pip could not install $requirements into .venv: see its words above; without a network the suite needs a .venv that was" \
    "made before." >&2
  exit 1
}
printf '%s\n' "$wanted" >"$stamp"
