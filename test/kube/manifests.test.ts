/** A real API server takes every manifest of every way, and their pods under restricted pod security. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  allWays,
  type Manifest,
  manifests,
  only,
  type PodSpec,
  readDeploy,
  sidecarOf,
} from "../integration/deploy-kit.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import { createRestrictedNamespace } from "./restricted-namespace.ts";

/** Kinds of others, which this server does not have: test/integration/deploy-manifests.test.ts checks them. */
const CUSTOM = ["PodMonitor", "Certificate", "Issuer"];
const CLUSTER_WIDE = /^(Namespace|(Mutating|Validating)(AdmissionPolicy(Binding)?|WebhookConfiguration))$/;
const TEAM = "ml";

interface Workload extends Manifest {
  readonly metadata: Manifest["metadata"] & { readonly namespace?: string };
  readonly spec: { readonly template: { readonly metadata: object; readonly spec: PodSpec } };
}

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
  await createRestrictedNamespace(server.kubectl, TEAM);
  await createRestrictedNamespace(server.kubectl, "feast-sidecar-system");
});
afterAll(() => server?.stop());

function namespaceOf(manifest: Manifest): string {
  return (manifest as Workload).metadata.namespace ?? TEAM;
}

const WAYS = allWays().map(({ name, yaml }) => {
  const known = manifests(yaml).filter(({ kind }) => !CUSTOM.includes(kind));
  return { name, known, workloads: known.filter((each): each is Workload => each.kind === "Deployment") };
});

test.each(WAYS.filter(({ known }) => known.length > 0))(
  "$name is taken, strictly and without a warning",
  async ({ known }) => {
    for (const manifest of known) {
      const namespace = CLUSTER_WIDE.test(manifest.kind) ? [] : ["-n", namespaceOf(manifest)];
      const args = ["apply", "--dry-run=server", "--validate=strict", "-f", "-", ...namespace];
      expect(await server.kubectl.try(args, manifest)).toMatchObject({ code: 0, stderr: "" });
    }
  },
);

test.each(WAYS.filter(({ workloads }) => workloads.length > 0))(
  "the pods of $name are admitted",
  async ({ workloads }) => {
    for (const workload of workloads) {
      const { metadata, spec } = workload.spec.template;
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, generateName: "p-" }, spec };
      const created = await server.kubectl.create<{ status: { phase: string } }>(pod, "-n", namespaceOf(workload));
      expect(created.status.phase).toBe("Pending");
    }
  },
);

test("a pod on a node knows its zone, where the downward API reads it", async () => {
  const { kubectl } = server;
  const zone = { "topology.kubernetes.io/zone": "eu-1a" };
  await kubectl.apply({ apiVersion: "v1", kind: "Node", metadata: { name: "n1", labels: zone } });
  const { metadata, spec } = (only(readDeploy("k8s/deployment.yaml"), "Deployment") as Workload).spec.template;
  await kubectl.create({ apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "bound" }, spec }, "-n", TEAM);
  const binding = {
    apiVersion: "v1",
    kind: "Binding",
    metadata: { name: "bound" },
    target: { kind: "Node", name: "n1" },
  };
  await kubectl.run(["create", "--raw", `/api/v1/namespaces/${TEAM}/pods/bound/binding`, "-f", "-"], binding);
  const bound = JSON.parse(await kubectl.run(["get", "pod", "bound", "-n", TEAM, "-o", "json"])) as Manifest;
  expect(bound.metadata.labels).toMatchObject(zone);
  const read = JSON.stringify(sidecarOf(spec).env?.find(({ name }) => name === "FEAST_SIDECAR__ZONE"));
  expect(read).toContain("metadata.labels['topology.kubernetes.io/zone']");
});

test("the namespace refuses what is not restricted", async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "any" },
    spec: { containers: [{ name: "any", image: "any" }] },
  };
  expect(await server.kubectl.refusal(pod, "-n", TEAM)).toContain('violates PodSecurity "restricted:latest"');
});
