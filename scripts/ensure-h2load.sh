#!/bin/sh
# Makes sure that h2load, the load tester of nghttp2, is on PATH: there already, or installed with the platform's package
# manager. Exit 1 and one sentence otherwise.
set -eu

have_h2load() {
  command -v h2load >/dev/null 2>&1 && h2load --version >/dev/null 2>&1
}

# as_root COMMAND…: directly, or through a sudo that asks for no password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

install_h2load() {
  if command -v brew >/dev/null 2>&1; then
    brew install nghttp2
  elif command -v apt-get >/dev/null 2>&1; then
    as_root apt-get update -q &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nghttp2-client
  elif command -v apk >/dev/null 2>&1; then
    as_root apk add --no-cache nghttp2
  elif command -v dnf >/dev/null 2>&1; then
    as_root dnf install -y nghttp2
  else
    return 1
  fi
}

have_h2load && exit 0
echo "h2load is not on PATH; trying the package manager" >&2
install_h2load >&2 || true
have_h2load && exit 0
echo "The tests need h2load on PATH, and it could not be installed (that takes brew, apt-get, apk or dnf, as root or" \
  "with a sudo that asks for no password): install nghttp2 with its programs and run this again." >&2
exit 1
