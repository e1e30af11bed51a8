#!/bin/sh
# Runs the project `node` where a kubelet harms nobody: network, mounts and processes in namespaces of their own, which the kernel clears
# away with whatever is in them when the run ends, however it ends. The kubelet sets kernel parameters of the whole machine: here it
# writes into copies of them. Its cgroups are removed afterwards. Writes docs/node-test.md. Root only; ends by itself.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH:/usr/sbin:/sbin"
export PATH

MAX_MINUTES=20
# What the kubelet sets (pkg/kubelet/cm/container_manager_linux.go:setupKernelTunables).
PARAMETERS="vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes"

if [ "${1:-}" != --inside ]; then
  [ "$(id -u)" -eq 0 ] || {
    echo "test-node needs root: a kubelet mounts volumes and makes cgroups." >&2
    exit 1
  }
  cgroups() { find /sys/fs/cgroup -depth -type d -path "*/kubepods*" "$@" 2>/dev/null || true; }
  [ -z "$(cgroups)" ] || {
    echo "test-node: this machine has cgroups of a kubelet already (kubepods): it is a node, or an earlier run was cut off." >&2
    exit 1
  }
  parameters() { for name in $PARAMETERS; do echo "$name $(cat "/proc/sys/$name" 2>/dev/null)"; done; }
  before=$(parameters)
  state=$(mktemp -d)
  clean_up() {
    # The processes are gone when their namespace is; the kernel takes a moment for the last of them.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      cgroups -exec rmdir {} +
      [ -z "$(cgroups)" ] && break
      sleep 1
    done
    rm -rf "$state"
    [ -z "$(cgroups)" ] || echo "test-node left cgroups behind: $(cgroups | head -n 3)" >&2
    [ "$(parameters)" = "$before" ] || {
      echo "test-node: kernel parameters have changed meanwhile; setting them back" >&2
      echo "$before" | while read -r name value; do [ -z "$value" ] || echo "$value" >"/proc/sys/$name"; done
    }
  }
  trap clean_up EXIT
  timeout --kill-after=30 "${MAX_MINUTES}m" \
    unshare --net --mount --pid --fork --kill-child --mount-proc "$0" --inside "$state" &
  run=$!
  trap 'kill "$run"; wait "$run" || true; exit 130' INT TERM HUP
  status=0
  wait "$run" || status=$?
  exit "$status"
fi

state=$2
mount --make-rprivate /
# Nothing of the machine's own containers is seen here, and nothing of ours there.
for folder in /run /var/lib /var/log; do mount -t tmpfs none "$folder"; done
for name in $PARAMETERS; do
  [ -e "/proc/sys/$name" ] || continue
  copy=/run/parameters/$name
  mkdir -p "$(dirname "$copy")"
  cat "/proc/sys/$name" >"$copy"
  mount --bind "$copy" "/proc/sys/$name"
done
# The kubelet wants its mounts to be seen in containers.
mount --make-rshared /
ip link set lo up
# The node's own address, and a way out that leads nowhere.
ip link add node type bridge
ip address add 10.250.0.1/24 dev node
ip link set node up
ip route add default dev node

export FEAST_SIDECAR_NODE_STATE="$state" TMPDIR="$state"
exec vitest run --project node
