/** Every manifest of every way is one that Kubernetes knows, at the oldest version it is for and at the newest. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Certificate } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate";
import { Issuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1/Issuer";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { CONTAINER_FIELDS } from "../../src/injector/container-fields.ts";
import {
  allWays,
  CHART,
  chartValues,
  check,
  type Manifest,
  manifests,
  pythonTool,
  readDeploy,
  toolPath,
} from "./deploy-kit.ts";
import { REPOSITORY } from "./house/scratch-tree.ts";

const NEWEST = "1.37";
const CUSTOM = { PodMonitor, Certificate, Issuer } as const;
const WAYS = allWays();
const SIDECAR = readDeploy("k8s/deployment.yaml");

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "feast-sidecar-manifests-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The kinds of Kubernetes itself, in a file. */
function fileOf(name: string, yaml: string): string {
  const path = join(folder, `${name.replaceAll(/[^a-z0-9]+/g, "-")}.yaml`);
  const ours = manifests(yaml).filter(({ kind }) => !(kind in CUSTOM));
  writeFileSync(path, ours.map((manifest) => stringify(manifest)).join("---\n"));
  return path;
}

function kubernetesValidate(version: string, file: string): { code: number | null; words: string } {
  return check(pythonTool("kubernetes-validate"), ["--strict", "-k", version, file]);
}

function kubeconform(version: string, file: string): { code: number | null; words: string } {
  const schemas = join(REPOSITORY, `.tools/kube-schemas/v${version}`);
  return check(toolPath("kubeconform"), [
    "-strict",
    "-schema-location",
    `${schemas}/{{.ResourceKind}}{{.KindSuffix}}.json`,
    file,
  ]);
}

/** Those of others, by the types that are generated from their definitions. */
function customProblem(manifest: Manifest): string | undefined {
  const Kind = CUSTOM[manifest.kind as keyof typeof CUSTOM];
  try {
    new Kind(manifest as never).validate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const OWN = WAYS.filter(({ yaml }) => manifests(yaml).some(({ kind }) => !(kind in CUSTOM)));
const VERSIONED = OWN.flatMap((way) => [...new Set([way.oldest, NEWEST])].map((version) => ({ ...way, version })));

test.each(VERSIONED)("$name is valid for Kubernetes $version", ({ name, yaml, version }) => {
  const file = fileOf(name, yaml);
  expect(kubernetesValidate(version, file)).toMatchObject({ code: 0 });
  expect(kubeconform(version, file)).toMatchObject({ code: 0 });
});

const FOREIGN = WAYS.filter(({ yaml }) => manifests(yaml).some(({ kind }) => kind in CUSTOM));

test.each(FOREIGN)("the custom resources of $name are valid", ({ yaml }) => {
  const custom = manifests(yaml).filter(({ kind }) => kind in CUSTOM);
  expect(custom.map(customProblem)).toEqual(custom.map(() => undefined));
});

describe("the checks see a slip:", () => {
  test.each([
    ["an unknown field", SIDECAR.replace("livenessProbe:", "livnessProbe:")],
    ["a wrong type", SIDECAR.replace("periodSeconds: 1\n", "periodSeconds: often\n")],
  ])("%s", (slip, yaml) => {
    const file = fileOf(slip, yaml);
    expect(kubernetesValidate(NEWEST, file).code).toBe(1);
    expect(kubeconform(NEWEST, file).code).toBe(1);
  });

  test("a PodMonitor with a port that is no name", () => {
    const [monitor] = manifests(readDeploy("k8s/podmonitor.yaml").replace("port: feast-admin", "port: 9566"));
    expect(customProblem(monitor as Manifest)).toContain("port");
  });
});

test("every kind was looked at", () => {
  const kinds = new Set(WAYS.flatMap(({ yaml }) => manifests(yaml).map(({ kind }) => kind)));
  for (const kind of [
    "Deployment",
    "Service",
    "PodDisruptionBudget",
    "NetworkPolicy",
    "ConfigMap",
    "Namespace",
    "ServiceAccount",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "ValidatingAdmissionPolicy",
    "MutatingWebhookConfiguration",
    "PodMonitor",
    "Certificate",
  ]) {
    expect(kinds).toContain(kind);
  }
});

/** Why not: each is about something that is the cluster's or the team's, or wrong here. */
const NOT_SCORED = [
  // Throttling would be seen as latency.
  "--ignore-container-cpu-limit",
  // Images are given without a registry here; a digest is told of in docs/install.md, and IfNotPresent is right with one.
  "--ignore-test=container-image-pull-policy",
  // Opt-in, because it acts on the whole pod.
  "--ignore-test=pod-networkpolicy",
  // Over zones by topologySpreadConstraints, which it does not know.
  "--ignore-test=deployment-has-host-podantiaffinity",
  // The budget of a team's pods is theirs.
  "--ignore-test=deployment-has-poddisruptionbudget",
  // It wants user and group above 10,000 for each container: the model server's are its image's.
  "--ignore-test=container-security-context-user-group-id",
];

describe("kube-score", () => {
  const scored = WAYS.filter(({ name }) =>
    ["k8s/deployment.yaml", "kustomize", "helm native-values.yaml", "webhook, self-made"].includes(name),
  );
  const score = (name: string, yaml: string): { code: number | null; words: string } =>
    check(toolPath("kube-score"), [
      "score",
      "--output-format=ci",
      "--exit-one-on-warning",
      ...NOT_SCORED,
      fileOf(`score ${name}`, yaml),
    ]);

  test.each(scored)("has nothing to say about $name", ({ name, yaml }) => {
    expect(score(name, yaml)).toMatchObject({ code: 0 });
  });

  test("would about a container without a memory limit", () => {
    const { code, words } = score("slip", SIDECAR.replace("              memory: 256Mi\n", ""));
    expect(code).toBe(1);
    expect(words).toContain("feast-sidecar");
  });
});

describe("helm lint", () => {
  const lint = (...args: readonly string[]): { code: number | null; words: string } =>
    check(toolPath("helm"), ["lint", "--strict", CHART, ...args]);

  test.each(chartValues())("%s", (values) => {
    expect(lint("--values", join(CHART, "ci", values))).toMatchObject({ code: 0 });
  });

  test.each([
    ["a misspelt key", "probes.livenes.redis_grace=10m"],
    ["a grace that is a crash loop", "probes.liveness.redis_grace=30s"],
    ["memory that the cache cannot be derived from", "resources.limits.memory=0.5Gi"],
    ["an admin port that the kubelet does not reach", "admin.host=127.0.0.1"],
    ["a network policy without egress", "networkPolicy.enabled=true"],
    ["a container with the sidecar's name", "deployment.container.name=feast-sidecar"],
    ["a misspelt field of the model server", "deployment.container.livnessProbe.periodSeconds=1"],
    ["a misspelt field of another container", "deployment.containers[0].name=x,deployment.containers[0].imag=x"],
    [
      "a misspelt field of an init container",
      "deployment.initContainers[0].name=x,deployment.initContainers[0].imag=x",
    ],
    ["a misspelt field of a variable", "env[0].name=A,env[0].vale=x"],
    ["a misspelt field of the model server's variable", "deployment.container.env[0].valeu=x"],
    ["a variable that is no text", "env[0].name=A,env[0].value=1"],
  ])("refuses %s", (_, value) => {
    const { code, words } = lint("--values", join(CHART, "ci/classic-values.yaml"), "--set", value);
    expect(code).toBe(1);
    expect(words).toContain(value.split(/[.[]/)[0]);
  });

  test("knows the fields of a container that the injector knows", () => {
    const schema = JSON.parse(readDeploy("helm/feast-sidecar/values.schema.json"));
    expect(Object.keys(schema.definitions.container.properties)).toEqual(CONTAINER_FIELDS);
  });

  test("refuses a Deployment without a model server", () => {
    expect(lint().code).toBe(1);
  });
});
