#!/bin/sh
# Makes sure that redis-server is on PATH: there already, or installed with the platform's package manager. Exit 1 and one
# sentence otherwise.
set -eu

have_redis() {
  command -v redis-server >/dev/null 2>&1 && redis-server --version >/dev/null 2>&1
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

install_redis() {
  if command -v brew >/dev/null 2>&1; then
    brew install redis
  elif command -v apt-get >/dev/null 2>&1; then
    as_root apt-get update -q &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends redis-server
  elif command -v apk >/dev/null 2>&1; then
    as_root apk add --no-cache redis
  elif command -v dnf >/dev/null 2>&1; then
    as_root dnf install -y redis
  else
    return 1
  fi
}

have_redis && exit 0
echo "redis-server is not on PATH; trying the package manager" >&2
install_redis >&2 || true
have_redis && exit 0
echo "The tests need a redis-server on PATH, and it could not be installed (that takes brew, apt-get, apk or dnf, as root or" \
  "with a sudo that asks for no password): install Redis 6.2 or newer and run this again." >&2
exit 1
