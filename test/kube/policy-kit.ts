/** What the tests of deploy/injection/policy share: an API server with it, pods that ask, and what the webhook makes of these. */
import { join } from "node:path";
import { type Decision, mutate } from "../../src/injector/mutate.ts";
import { readReview } from "../../src/injector/read-review.ts";
import { loadTemplate } from "../../src/injector/template.ts";
import { until } from "../faults/until.ts";
import { patchedPod } from "../helpers/admission.ts";
import { type Container, DEPLOY, kustomize, type PodSpec, podOf, readDeploy } from "../integration/deploy-kit.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import type { Kubectl } from "./kubectl.ts";
import { createRestrictedNamespace } from "./restricted-namespace.ts";

export const ASKED = { "feast-sidecar.dev/inject": "true" };
export const POLICY = kustomize(join(DEPLOY, "injection/policy"));
export const PLAIN = podOf(readDeploy("k8s/deployment.yaml"));
/** The model server alone. */
export const ALONE = podOf(readDeploy("kustomize/example/deployment.yaml"));
export const WITH_GROUP = { ...ALONE, securityContext: { ...(ALONE.securityContext as object), fsGroup: 2000 } };
/** A policy is active a second or two after it is stored. */
export const ACTIVE_MS = 30_000;
const TEMPLATE = loadTemplate(join(DEPLOY, "injection/webhook/base/template.yaml"));

export interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpec & { readonly initContainers?: readonly (Container & { resources: unknown })[] };
}

export interface Given {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: PodSpec;
  readonly namespace?: string;
}

/** As a ReplicaSet would, that is without a name. */
export function pod({ labels = ASKED, annotations, spec = ALONE, namespace = "ml" }: Given = {}): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { generateName: "churn-", namespace, labels, annotations }, spec };
}

/** Parameters as annotations. */
export function annotated(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`feast-sidecar.dev/${name}`, value]));
}

/** The model server with a port more. */
export function withPort(containerPort: number): PodSpec {
  const [server] = ALONE.containers;
  return { ...WITH_GROUP, containers: [{ ...(server as Container), ports: [{ containerPort }] } as Container] };
}

export function names({ spec }: Pod): readonly string[] {
  return (spec.initContainers ?? []).map(({ name }) => name);
}

/** What the webhook says of a pod. */
export function decisionOfWebhook(given: Given): Decision {
  return mutate(readReview(Buffer.from(JSON.stringify(reviewOf(given)))), TEMPLATE, "1.2.3");
}

/** The pod that the webhook makes of one that asks, without the label, so that nobody changes it any more. */
export function ofWebhook(given: Given): object {
  const { spec } = patchedPod(reviewOf(given), decisionOfWebhook(given).answer) as { spec: PodSpec };
  return pod({ labels: {}, spec });
}

function reviewOf(given: Given): object {
  const kind = { group: "", version: "v1", kind: "Pod" };
  const request = { uid: "u", operation: "CREATE", kind, object: pod(given) };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
}

/** With the policy at work, and the namespaces ml, which is restricted, and lax. */
export async function startWithPolicy(): Promise<ApiServer> {
  const server = await startApiServer();
  try {
    await createRestrictedNamespace(server.kubectl, "ml");
    await server.kubectl.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "lax" } });
    await server.kubectl.apply(POLICY);
    await injecting(server.kubectl);
    await refusing(server.kubectl);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

export function injecting(kubectl: Kubectl): Promise<unknown> {
  return until("pods get the sidecar", ACTIVE_MS, async () => {
    const { code, stdout } = await kubectl.try(["create", "-f", "-", "-o", "json", "--dry-run=server"], pod());
    return code === 0 && names(JSON.parse(stdout) as Pod).includes("feast-sidecar");
  });
}

function refusing(kubectl: Kubectl): Promise<unknown> {
  const wrong = pod({ annotations: annotated({ cpus: "1" }) });
  return until("wrong pods are refused", ACTIVE_MS, async () => {
    return (await kubectl.try(["create", "-f", "-", "--dry-run=server"], wrong)).stderr.includes("cpus is unknown");
  });
}
