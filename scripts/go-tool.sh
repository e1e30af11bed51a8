# shellcheck shell=sh
# Sourced, in the repository's root, by the scripts that make sure of programs in .tools/bin that are built from their Go modules.

need_go() {
  command -v go >/dev/null 2>&1 && return 0
  echo "$1 is built from Go modules, and there is no go on PATH: install Go 1.26 or newer and run this again." >&2
  exit 1
}

# ensure_go_tool NAME MODULE VERSION PACKAGE TIME: .tools/bin/NAME is built from PACKAGE of this VERSION of MODULE, which takes TIME
# once. Exits with 1 and one sentence otherwise.
ensure_go_tool() {
  tool=.tools/bin/$1
  if [ -x "$tool" ]; then
    # Without go there is no telling the version, and no other way to get one: what is there is taken.
    command -v go >/dev/null 2>&1 || return 0
    go version -m "$tool" 2>/dev/null | grep -q "mod[[:space:]]$2[[:space:]]$3[[:space:]]" && return 0
  fi
  need_go "$1"
  echo "Building $1 $3 into .tools/bin ($5, once)" >&2
  mkdir -p .tools/bin
  # Low priority, and one package at a time: the build must not take the memory of a small machine.
  GOBIN="$PWD/.tools/bin" GOFLAGS=-p=1 nice -n 10 go install "$4@$3" >&2 || {
    echo "$1 $3 could not be built: see go's words above; it takes a network, or a Go module cache that has it." >&2
    exit 1
  }
}
