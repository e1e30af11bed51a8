/** containerd with runc and a network for pods, all of its files in one folder, and the images of `make test-node` in it. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "../faults/stage.ts";
import { until } from "../faults/until.ts";
import { startServer } from "../kube/server-process.ts";

const READY_TIMEOUT_MS = 20_000;
/** Where Kubernetes' images are; `ctr` looks elsewhere by itself. */
const NAMESPACE = "k8s.io";
const POD_NETWORK = "10.251.0.0/24";
/** As scripts/ensure-node-tools.sh looks for them. */
const CNI_PLUGINS = process.env["CNI_PLUGINS"] ?? "/usr/lib/cni";

export class Containerd {
  /** Short: a socket's path has 108 bytes at most. */
  readonly socket = "/run/node-containerd/containerd.sock";

  /** What ctr prints. @throws Error with its words */
  ctr(...args: readonly string[]): string {
    const all = ["--address", this.socket, "--namespace", NAMESPACE, ...args];
    return execFileSync("ctr", all, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Process of a running container. @param containerId as in a pod's status, `containerd://…` */
  pidOf(containerId: string): number {
    const id = containerId.replace("containerd://", "");
    const line = this.ctr("task", "ls")
      .split("\n")
      .find((each) => each.startsWith(id));
    const pid = Number(line?.split(/\s+/)[1]);
    if (!(pid > 1)) throw new Error(`container ${id} does not run`);
    return pid;
  }
}

/** @param images archives to be imported @throws Error when it is not there in time; its words are in `dir`/containerd.log */
export async function startContainerd(dir: string, stage: Stage, images: readonly string[]): Promise<Containerd> {
  const containerd = new Containerd();
  mkdirSync(join(dir, "cni"));
  writeFileSync(join(dir, "cni/10-pods.conflist"), JSON.stringify(podNetwork()));
  writeFileSync(join(dir, "containerd.toml"), configuration(dir, containerd.socket));
  startServer("containerd", dir, stage, ["--config", join(dir, "containerd.toml")]);
  await until("containerd answers", READY_TIMEOUT_MS, () => containerd.ctr("version"));
  for (const image of images) containerd.ctr("images", "import", image);
  return containerd;
}

function configuration(dir: string, socket: string): string {
  const cri = `plugins."io.containerd.grpc.v1.cri"`;
  return `
version = 2
root = "${join(dir, "containerd")}"
state = "/run/node-containerd/state"
[grpc]
address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
path = "${join(dir, "opt")}"
[${cri}]
sandbox_image = "localhost/pause:node-test"
# Without CAP_SYS_RESOURCE, as in some virtual machines, runc could not go below its own.
restrict_oom_score_adj = true
[${cri}.cni]
bin_dir = "${CNI_PLUGINS}"
conf_dir = "${join(dir, "cni")}"
[${cri}.containerd]
snapshotter = "overlayfs"
[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
`;
}

function podNetwork(): object {
  const ipam = { type: "host-local", dataDir: "/run/node-containerd/ipam", ranges: [[{ subnet: POD_NETWORK }]] };
  const bridge = { type: "bridge", bridge: "pods", isDefaultGateway: true, ipMasq: false, ipam };
  return { cniVersion: "0.4.0", name: "pods", plugins: [bridge, { type: "loopback" }] };
}
