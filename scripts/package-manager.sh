# shellcheck shell=sh
# Sourced by the scripts that make sure a program is on PATH and that any package manager has.

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

# install_package BREW APT APK DNF: its name with each of them.
install_package() {
  if command -v brew >/dev/null 2>&1; then
    brew install "$1"
  elif command -v apt-get >/dev/null 2>&1; then
    as_root apt-get update -q &&
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$2"
  elif command -v apk >/dev/null 2>&1; then
    as_root apk add --no-cache "$3"
  elif command -v dnf >/dev/null 2>&1; then
    as_root dnf install -y "$4"
  else
    return 1
  fi
}

have_program() {
  command -v "$1" >/dev/null 2>&1 && "$1" --version >/dev/null 2>&1
}

# ensure_program PROGRAM NEEDED INSTEAD BREW APT APK DNF: exits 0 when the program is there in the end, otherwise 1 with one sentence:
# the tests need NEEDED, and INSTEAD is what to install.
ensure_program() {
  program=$1 needed=$2 instead=$3
  shift 3
  have_program "$program" && exit 0
  echo "$program is not on PATH; trying the package manager" >&2
  install_package "$@" >&2 || true
  have_program "$program" && exit 0
  echo "The tests need $needed on PATH, and it could not be installed (that takes brew, apt-get, apk or dnf, as root or" \
    "with a sudo that asks for no password): install $instead and run this again." >&2
  exit 1
}
