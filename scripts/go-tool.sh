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

# build_kubernetes SOURCE TIME PROGRAM…: .tools/bin/PROGRAM from the main package SOURCE/PROGRAM of a module that requires Kubernetes,
# which takes TIME once. Exits with 1 and one sentence otherwise.
build_kubernetes() {
  version=$(sed -n 's/^[[:space:]]*k8s.io\/kubernetes v//p' "$1/go.mod")
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  source=$1
  time=$2
  shift 2
  mkdir -p .tools/bin
  for program in "$@"; do
    echo "Building $program of Kubernetes $version into .tools/bin (once; $time)" >&2
    # A main package does not know its version by itself; clients ask for it.
    nice -n 19 go build -C "$source" -trimpath -o "$PWD/.tools/bin/$program" -ldflags "-s -w \
      -X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/component-base/version.gitMajor=$major \
      -X k8s.io/component-base/version.gitMinor=$minor" "./$program" >&2 || {
      echo "$program could not be built: see go's words above; it takes a network, or a Go module cache that has Kubernetes $version." >&2
      exit 1
    }
  done
}
