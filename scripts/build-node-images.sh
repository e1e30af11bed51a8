#!/bin/sh
# Builds the images of `make test-node` into .tools/node-images, each as NAME.tar: feast-sidecar by deploy/Dockerfile as it is, app and
# pause by test/node/images. Without a registry of images: their base is a Debian of debootstrap, kept in .tools. Root only. Exit 1 and
# one sentence when a step fails.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

[ "$(id -u)" -eq 0 ] || {
  echo "The images of test-node are built by root (debootstrap, and buildah's chroot): run it as root." >&2
  exit 1
}
fail() {
  echo "$1 failed: see the words above" >&2
  exit 1
}

out=$PWD/.tools/node-images
rootfs=.tools/node-debian.tar
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# bookworm is what deploy/Dockerfile builds in.
if [ ! -s "$rootfs" ]; then
  echo "Making a Debian to build in, $rootfs (a minute, once)" >&2
  debootstrap --variant=minbase --include=ca-certificates,libatomic1,libstdc++6 bookworm "$work/debian" >&2 || fail debootstrap
  tar -C "$work/debian" --exclude=./var/cache --exclude=./var/lib/apt/lists --exclude=./dev -cf "$work/debian.tar" .
  mv "$work/debian.tar" "$rootfs"
  rm -rf "$work/debian"
fi

export BUILDAH_ISOLATION=chroot
images() { nice -n 19 buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" "$@"; }
# build DOCKERFILE CONTEXT TAG ARGS…
build() {
  echo "Building $3" >&2
  dockerfile=$1 context=$2 tag=$3
  shift 3
  images bud --quiet --layers=false --tag "$tag" --file "$dockerfile" "$@" "$context" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "the image $tag"
  }
}
# save TAG NAME
save() {
  images push --quiet "$1" "docker-archive:$work/$2.tar:$1" >&2 || fail "saving $1"
  mv "$work/$2.tar" "$out/$2.tar"
}

base=$work/base
# npm stands beside its command, whoever installed it. It may trust certificates of its own, and ask a registry of its own.
mkdir -p "$base/rootfs"
tar -C "$base/rootfs" -xf "$rootfs"
cp node_modules/node-linux-*/bin/node "$base/node"
cp -R "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$base/npm"
cafile=$(npm config get cafile)
[ -f "$cafile" ] || cafile=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
cp -L "$cafile" "$base/ca-certificates.crt"
printf 'registry=%s\ncafile=/etc/ssl/certs/ca-certificates.crt\n' "$(npm config get registry)" >"$base/npmrc"
build test/node/images/base.Dockerfile "$base" localhost/node-test-base
rm -rf "$base"

build deploy/Dockerfile . localhost/feast-sidecar:node-test --build-arg BASE=localhost/node-test-base \
  --ignorefile deploy/Dockerfile.dockerignore
build test/node/images/app.Dockerfile test/node/app localhost/feast-app:node-test
build test/node/images/pause.Dockerfile .tools/bin localhost/pause:node-test
save localhost/feast-sidecar:node-test feast-sidecar
save localhost/feast-app:node-test app
save localhost/pause:node-test pause
