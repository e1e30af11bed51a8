#!/bin/sh
# Makes sure of what `make test-node` makes a Kubernetes node of: kubelet and pause in .tools/bin, built from test/node/programs;
# containerd, runc and the CNI plugins; buildah and debootstrap for the images. Exit 1 and one sentence otherwise.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/go-tool.sh
. scripts/go-tool.sh
# shellcheck source=scripts/package-manager.sh
. scripts/package-manager.sh

[ "$(uname -s)" = Linux ] || {
  echo "test-node needs Linux: a kubelet runs nowhere else." >&2
  exit 1
}
[ "$(id -u)" -eq 0 ] || {
  echo "test-node needs root: a kubelet mounts volumes and makes cgroups, and the images are built in a chroot." >&2
  exit 1
}
# Debian's programs of an administrator are not on everybody's PATH.
PATH=$PATH:/usr/sbin:/sbin

cni=${CNI_PLUGINS:-/usr/lib/cni}
missing() {
  for program in containerd ctr runc buildah debootstrap ip unshare mount tar; do
    command -v "$program" >/dev/null 2>&1 || printf ' %s' "$program"
  done
  for plugin in bridge host-local loopback; do [ -x "$cni/$plugin" ] || printf ' %s' "$cni/$plugin"; done
}
if [ -n "$(missing)" ]; then
  echo "test-node lacks$(missing); trying the package manager" >&2
  packages="containerd runc containernetworking-plugins buildah debootstrap iproute2 util-linux mount tar"
  if command -v apt-get >/dev/null 2>&1 && as_root apt-get update -q >&2; then
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages >&2 || true
  fi
  [ -z "$(missing)" ] || {
    echo "test-node needs$(missing), and they could not be installed (that takes apt-get): install $packages and run this again." >&2
    exit 1
  }
fi

source=test/node/programs
stamp=.tools/bin/.node-programs-cksum
wanted=$(cat $source/go.mod $source/kubelet/main.go $source/pause/main.go | cksum)
[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && [ -x .tools/bin/kubelet ] && [ -x .tools/bin/pause ] && exit 0
need_go "kubelet"

# One package at a time: the build must not take the memory of a small machine.
export GOFLAGS=-p=1
build_kubernetes $source "the kubelet takes some five minutes" kubelet pause
printf '%s\n' "$wanted" >"$stamp"
