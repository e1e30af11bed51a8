/** A real kubelet for one node, `n1`, as far as a test needs it: no Services, no DNS, no scheduler. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stage } from "../faults/stage.ts";
import type { ApiServer } from "../kube/api-server.ts";
import { startServer } from "../kube/server-process.ts";

export const NODE = "n1";
export const ZONE = "eu-1a";
/** As scripts/test-node.sh gives it to the namespace. */
export const NODE_ADDRESS = "10.250.0.1";
export const KUBELET = fileURLToPath(new URL("../../.tools/bin/kubelet", import.meta.url));
const READY_TIMEOUT_SECONDS = 60;

/** @returns the folder of the pods' logs @throws Error when the node is not ready in time; its words are in `dir`/kubelet.log */
export async function startKubelet(dir: string, stage: Stage, api: ApiServer, runtimeSocket: string): Promise<string> {
  const logs = join(dir, "pod-logs");
  mkdirSync(logs);
  writeFileSync(join(dir, "kubelet.json"), JSON.stringify(configuration(dir, logs, runtimeSocket)));
  startServer(KUBELET, dir, stage, [
    `--config=${join(dir, "kubelet.json")}`,
    `--kubeconfig=${api.kubeconfig}`,
    `--root-dir=${join(dir, "kubelet")}`,
    `--cert-dir=${join(dir, "kubelet-certificates")}`,
    `--hostname-override=${NODE}`,
    `--node-ip=${NODE_ADDRESS}`,
    `--node-labels=topology.kubernetes.io/zone=${ZONE}`,
    "--v=2",
  ]);
  for (const what of ["create", "condition=Ready"])
    await api.kubectl.run(["wait", `--for=${what}`, `node/${NODE}`, `--timeout=${READY_TIMEOUT_SECONDS}s`]);
  return logs;
}

function configuration(dir: string, logs: string, runtimeSocket: string): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${runtimeSocket}`,
    podLogsDir: logs,
    volumePluginDir: join(dir, "volume-plugins"),
    // The test reads a log to its end.
    containerLogMaxSize: "100Mi",
    cgroupDriver: "cgroupfs",
    failCgroupV1: false,
    failSwapOn: false,
    // Nobody but the test is on this network, and it does not ask the kubelet.
    address: "127.0.0.1",
    healthzBindAddress: "127.0.0.1",
    readOnlyPort: 0,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    resolvConf: "",
    // A developer's full disk is not what is tested.
    evictionHard: { "memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
    syncFrequency: "2s",
    nodeStatusUpdateFrequency: "5s",
  };
}
