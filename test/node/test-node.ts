/**
 * A Kubernetes node for one test file: etcd, kube-apiserver, containerd and kubelet, in the namespaces that scripts/test-node.sh makes.
 * What they leave behind ends with those namespaces.
 */
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Stage } from "../faults/stage.ts";
import { startApiServer } from "../kube/api-server.ts";
import type { Kubectl } from "../kube/kubectl.ts";
import { lastWords } from "../kube/server-process.ts";
import { type Containerd, startContainerd } from "./containerd.ts";
import { KUBELET, startKubelet } from "./kubelet.ts";

const IMAGES = fileURLToPath(new URL("../../.tools/node-images/", import.meta.url));

export interface TestNode {
  readonly kubectl: Kubectl;
  readonly containerd: Containerd;
  /** Folder of the pods' logs. */
  readonly podLogs: string;
  stop(): Promise<void>;
}

/** @throws Error that says what is missing, or with the last words of the programs when the node does not become ready */
export async function startTestNode(): Promise<TestNode> {
  const state = process.env["FEAST_SIDECAR_NODE_STATE"];
  if (state === undefined)
    throw new Error("the node tests need namespaces of their own: run `make test-node`, as root");
  const images = ["feast-sidecar", "app", "pause"].map((name) => join(IMAGES, `${name}.tar`));
  for (const file of [KUBELET, ...images])
    if (!existsSync(file)) throw new Error(`there is no ${file}: run \`make test-node\`, which makes it`);
  const stage = new Stage();
  const dir = mkdtempSync(join(state, "node-"));
  try {
    const containerd = await startContainerd(dir, stage, images);
    const api = await startApiServer();
    stage.own(() => api.stop());
    const podLogs = await startKubelet(dir, stage, api, containerd.socket);
    return { kubectl: api.kubectl, containerd, podLogs, stop: () => stage.close() };
  } catch (error) {
    const words = ["containerd", "kubelet"].map((name) => lastWords(dir, name));
    await stage.close();
    throw new Error(`${(error as Error).message}\n${words.join("\n")}`, { cause: error });
  }
}
