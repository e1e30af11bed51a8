/** Manifests as users get them, and the programs that make and check them. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { REPOSITORY } from "./house/scratch-tree.ts";

export const DEPLOY = join(REPOSITORY, "deploy");
export const CHART = join(DEPLOY, "helm/feast-sidecar");
const TOOLS = join(REPOSITORY, ".tools/bin");

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly webhooks?: readonly unknown[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
  readonly securityContext?: unknown;
}

/** One way to get manifests, with the oldest Kubernetes it is for. */
export interface Way {
  readonly name: string;
  readonly oldest: "1.29" | "1.30" | "1.36";
  readonly yaml: string;
}

/** What a program of `make deploy-tools` prints. @throws Error with its words when it fails */
export function tool(name: string, args: readonly string[]): string {
  return execFileSync(join(TOOLS, name), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

/** The same for one that finds faults: its exit code and all of its words. */
export function check(
  program: string,
  args: readonly string[],
): { readonly code: number | null; readonly words: string } {
  const ran = spawnSync(program, args, { encoding: "utf8" });
  if (ran.error) throw ran.error;
  return { code: ran.status, words: ran.stdout + ran.stderr };
}

export function toolPath(name: string): string {
  return join(TOOLS, name);
}

export function pythonTool(name: string): string {
  return join(REPOSITORY, ".tools/deploy-venv/bin", name);
}

export function kustomize(folder: string): string {
  return tool("kustomize", ["build", folder]);
}

/** The chart with one of its `ci/NAME-values.yaml`. */
export function helmTemplate(values: string, ...args: readonly string[]): string {
  return tool("helm", [
    "template",
    "churn",
    CHART,
    "--namespace",
    "ml",
    "--values",
    join(CHART, "ci", values),
    ...args,
  ]);
}

export function chartValues(): readonly string[] {
  return readdirSync(join(CHART, "ci")).sort();
}

/** A chart of a team's own that takes the sidecar from ours. */
export function libraryTemplate(): string {
  const chart = mkdtempSync(join(tmpdir(), "feast-sidecar-chart-"));
  try {
    cpSync(join(REPOSITORY, "test/fixtures/chart-with-library"), chart, { recursive: true });
    // Where `helm dependency build` puts it.
    cpSync(CHART, join(chart, "charts/feast-sidecar"), { recursive: true });
    return tool("helm", ["template", "churn", chart]);
  } finally {
    rmSync(chart, { recursive: true });
  }
}

/** The webhook with a certificate made for this call. */
export function selfMadeWebhook(): string {
  const copy = mkdtempSync(join(tmpdir(), "feast-sidecar-deploy-"));
  try {
    cpSync(join(DEPLOY, "injection"), copy, { recursive: true });
    execFileSync(join(copy, "webhook/self-made/make-certificate.sh"), { stdio: "pipe" });
    return kustomize(join(copy, "webhook/self-made"));
  } finally {
    rmSync(copy, { recursive: true });
  }
}

export function readDeploy(path: string): string {
  return readFileSync(join(DEPLOY, path), "utf8");
}

/** Every way of this repository, rendered. */
export function allWays(): readonly Way[] {
  return [
    ...["deployment.yaml", "podmonitor.yaml", "networkpolicy.yaml"].map(
      (file): Way => ({ name: `k8s/${file}`, oldest: "1.29", yaml: readDeploy(`k8s/${file}`) }),
    ),
    { name: "kustomize", oldest: "1.29", yaml: kustomize(join(DEPLOY, "kustomize/example")) },
    ...chartValues().map((file): Way => ({ name: `helm ${file}`, oldest: "1.29", yaml: helmTemplate(file) })),
    { name: "helm library", oldest: "1.29", yaml: libraryTemplate() },
    { name: "policy", oldest: "1.36", yaml: kustomize(join(DEPLOY, "injection/policy")) },
    { name: "webhook, cert-manager", oldest: "1.30", yaml: kustomize(join(DEPLOY, "injection/webhook/cert-manager")) },
    { name: "webhook, self-made", oldest: "1.30", yaml: selfMadeWebhook() },
  ];
}

export function manifests(yaml: string): readonly Manifest[] {
  const documents = parseAllDocuments(yaml);
  return ("empty" in documents ? [] : documents)
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}

/** @throws Error unless there is exactly one of that kind (and name) */
export function only(yaml: string, kind: string, name?: string): Manifest {
  const found = manifests(yaml).filter(
    (each) => each.kind === kind && (name === undefined || each.metadata.name === name),
  );
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${found.length} of kind ${kind}, not one:\n${yaml}`);
  return found[0];
}

/** The pod of the one Deployment. */
export function podOf(yaml: string): PodSpec {
  return (only(yaml, "Deployment").spec as { template: { spec: PodSpec } }).template.spec;
}

/** The sidecar of a pod, in whichever list. @throws Error unless there is exactly one */
export function sidecarOf(pod: PodSpec): Container {
  const found = [...(pod.initContainers ?? []), ...pod.containers].filter(({ name }) => name === "feast-sidecar");
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} sidecars, not one`);
  return found[0];
}
