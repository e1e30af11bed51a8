/** deploy/injection/policy in a real API server: what a pod that asks for the sidecar becomes, and when it is refused. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mutate } from "../../src/injector/mutate.ts";
import { readReview } from "../../src/injector/read-review.ts";
import { loadTemplate } from "../../src/injector/template.ts";
import { until } from "../faults/until.ts";
import { patchedPod } from "../helpers/admission.ts";
import { type Container, DEPLOY, kustomize, only, type PodSpec, podOf, readDeploy } from "../integration/deploy-kit.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import type { Kubectl } from "./kubectl.ts";
import { createRestrictedNamespace } from "./restricted-namespace.ts";

const ASKED = { "feast-sidecar.dev/inject": "true" };
const STATUS = "feast-sidecar.dev/status";
const POLICY = kustomize(join(DEPLOY, "injection/policy"));
const PLAIN = podOf(readDeploy("k8s/deployment.yaml"));
/** The model server alone. */
const ALONE = podOf(readDeploy("kustomize/example/deployment.yaml"));
/** A policy is active a second or two after it is stored. */
const ACTIVE_MS = 30_000;

interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpec & { readonly initContainers?: readonly (Container & { resources: unknown })[] };
}

interface Given {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: PodSpec;
}

const WITH_GROUP = { ...ALONE, securityContext: { ...(ALONE.securityContext as object), fsGroup: 2000 } };
const TEMPLATE = loadTemplate(join(DEPLOY, "injection/webhook/base/template.yaml"));

/** The model server with a port more. */
function withPort(containerPort: number): PodSpec {
  const [server] = ALONE.containers;
  return { ...WITH_GROUP, containers: [{ ...(server as Container), ports: [{ containerPort }] } as Container] };
}

let server: ApiServer;
let kubectl: Kubectl;

/** As a ReplicaSet would, that is without a name. */
function pod({ labels = ASKED, annotations, spec = ALONE }: Given = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: "churn-", namespace: "ml", labels, annotations },
    spec,
  };
}

function created(given: Given = {}, ...args: readonly string[]): Promise<Pod> {
  return kubectl.create<Pod>(pod(given), ...args);
}

/** The pod that the webhook makes of one that asks, without the label, so that nobody changes it any more. */
function ofWebhook(given: Given): object {
  const request = {
    uid: "u",
    operation: "CREATE",
    kind: { group: "", version: "v1", kind: "Pod" },
    object: pod(given),
  };
  const review = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request };
  const { answer } = mutate(readReview(Buffer.from(JSON.stringify(review))), TEMPLATE, "1.2.3");
  const { spec } = patchedPod(review, answer) as { spec: PodSpec };
  return pod({ labels: {}, spec });
}

function names({ spec }: Pod): readonly string[] {
  return (spec.initContainers ?? []).map(({ name }) => name);
}

/** Waits until the words are those why a pod that asks is refused. */
function refusedWith(words: string): Promise<unknown> {
  return until(`pods are refused with ${words}`, ACTIVE_MS, async () =>
    (await kubectl.refusal(pod(), "--dry-run=server")).includes(words),
  );
}

function injecting(): Promise<unknown> {
  return until("pods get the sidecar", ACTIVE_MS, async () =>
    names(await created({}, "--dry-run=server")).includes("feast-sidecar"),
  );
}

beforeAll(async () => {
  server = await startApiServer();
  ({ kubectl } = server);
  await createRestrictedNamespace(kubectl, "ml");
  await kubectl.apply(POLICY);
  await injecting();
});
afterAll(() => server?.stop());

describe("a pod that asks", () => {
  test("becomes that of the plain manifest, in a restricted namespace", async () => {
    const injected = await created();
    const plain = await created({ labels: {}, spec: PLAIN });
    expect(names(injected)).toEqual(["feast-sidecar"]);
    expect(injected.spec).toEqual(plain.spec);
    expect(injected.metadata.annotations).toEqual({ [STATUS]: "injected by policy, feast-sidecar:0.1.0" });
  });

  test("gets it in a dry run as well", async () => {
    expect(names(await created({}, "--dry-run=server"))).toEqual(["feast-sidecar"]);
  });

  test("gets it before its other init containers, and keeps its annotations", async () => {
    const [server] = ALONE.containers;
    const initContainers = [
      {
        ...(server as Container),
        name: "migrate",
        readinessProbe: undefined,
        livenessProbe: undefined,
        lifecycle: undefined,
      },
    ];
    const annotations = { "example.org/owner": "churn" };
    const injected = await created({ annotations, spec: { ...ALONE, initContainers } });
    expect(names(injected)).toEqual(["feast-sidecar", "migrate"]);
    expect(injected.metadata.annotations).toMatchObject({
      ...annotations,
      [STATUS]: expect.stringContaining("policy"),
    });
  });

  test("gets it without volumes of its own", async () => {
    const { volumes, containers, ...rest } = ALONE;
    const bare = containers.map(({ volumeMounts, ...container }) => container);
    const injected = await created({ spec: { ...rest, containers: bare } });
    expect(injected.spec.volumes).toEqual([
      { name: "feast-feature-repo", configMap: { name: "feast-feature-repo", defaultMode: 420 } },
    ]);
  });

  test("chooses image, sizes and features by annotations", async () => {
    const annotations = {
      "feast-sidecar.dev/image": "feast-sidecar:9",
      "feast-sidecar.dev/cpu": "2",
      "feast-sidecar.dev/memory": "1Gi",
      "feast-sidecar.dev/features-config": "fraud-features",
    };
    const { spec } = await created({ annotations });
    expect(spec.initContainers?.[0]).toMatchObject({
      image: "feast-sidecar:9",
      resources: { requests: { cpu: "2", memory: "1Gi" }, limits: { memory: "1Gi" } },
    });
    expect(spec.volumes).toContainEqual(
      expect.objectContaining({ configMap: expect.objectContaining({ name: "fraud-features" }) }),
    );
  });
});

describe("a pod becomes what the webhook makes of it", () => {
  const [server] = ALONE.containers as [Container & { ports: unknown }];
  const { volumeMounts, env, ports, ...bare } = server;
  /** One container with mounts, one without. */
  const two = { ...WITH_GROUP, containers: [server, { ...bare, name: "worker" }] };

  test.each<[string, Readonly<Record<string, string>>, PodSpec]>([
    ["without parameters", {}, ALONE],
    ["with a port", { port: "7000" }, ALONE],
    ["with a port that has a zero in front", { port: "01024" }, ALONE],
    ["with a socket", { uds: "churn" }, WITH_GROUP],
    ["with a socket, where the model server has the data port", { uds: "churn" }, withPort(6566)],
    ["with a port, where the model server has the usual one", { port: "7000" }, withPort(6566)],
    ["with a socket for two", { uds: " worker ,churn" }, two],
    ["with a socket for the second of two", { uds: "worker" }, two],
    [
      "with all of it",
      { port: "65535", uds: "churn", image: "feast-sidecar:9", cpu: "2", memory: "1Gi", "features-config": "fraud" },
      two,
    ],
    ...["64Mi", "64Gi", "1.5Gi", "0.3Gi", "200M", "67108864", "67108.864k", "134217.728k", "99.999Mi"].map(
      (memory): [string, Readonly<Record<string, string>>, PodSpec] => [`with memory ${memory}`, { memory }, ALONE],
    ),
  ])("%s", async (_, parameters, spec) => {
    const entries = Object.entries(parameters).map(([name, value]) => [`feast-sidecar.dev/${name}`, value]);
    const given = { annotations: Object.fromEntries(entries), spec };
    const injected = await created(given);
    expect(names(injected)).toEqual(["feast-sidecar"]);
    expect(injected.spec).toEqual((await kubectl.create<Pod>(ofWebhook(given))).spec);
  });

  test.each([
    ["64Mi", "8MiB"],
    ["1Gi", "128MiB"],
    ["300M", "35MiB"],
  ])("whose cache is an eighth of the memory %s", async (memory, maxBytes) => {
    const { spec } = await created({ annotations: { "feast-sidecar.dev/memory": memory } });
    const cache = spec.initContainers?.[0]?.env?.find(({ name }) => name === "FEAST_SIDECAR__CACHE__MAX_BYTES")?.value;
    expect(cache).toBe(maxBytes);
  });

  test("which listens where the annotations say, with the socket in memory", async () => {
    const annotations = { "feast-sidecar.dev/port": "7000", "feast-sidecar.dev/uds": "churn" };
    const { spec } = await created({ annotations, spec: WITH_GROUP });
    const listen = spec.initContainers?.[0]?.env?.find(({ name }) => name === "FEAST_SIDECAR__LISTEN")?.value;
    expect(listen).toBe('["127.0.0.1:7000","unix:/run/feast-sidecar/feast.sock"]');
    expect(spec.volumes).toContainEqual({
      name: "feast-sidecar-socket",
      emptyDir: { medium: "Memory", sizeLimit: "1Mi" },
    });
    const mount = { name: "feast-sidecar-socket", mountPath: "/run/feast-sidecar" };
    expect(spec.initContainers?.[0]?.volumeMounts).toContainEqual(mount);
    expect(spec.containers[0]?.volumeMounts).toContainEqual(mount);
  });
});

describe("a pod is left alone", () => {
  test.each([
    ["without the label", {}],
    ["that says no", { "feast-sidecar.dev/inject": "false" }],
  ])("%s", async (_, labels) => {
    const left = await created({ labels });
    expect(names(left)).toEqual([]);
    expect(left.metadata.annotations).toBeUndefined();
  });

  test("that has the sidecar already", async () => {
    const there = await created({ spec: PLAIN });
    expect(names(there)).toEqual(["feast-sidecar"]);
    expect(there.metadata.annotations).toBeUndefined();
  });

  test("that has the sidecar already, whatever its annotations ask of an injector", async () => {
    const annotations = { "feast-sidecar.dev/port": "3000", "feast-sidecar.dev/uds": "churn" };
    const spec = { ...PLAIN, securityContext: WITH_GROUP.securityContext };
    const there = await created({ annotations, spec });
    expect(there.metadata.annotations).toEqual(annotations);
    expect(there.spec.containers[0]?.volumeMounts).toHaveLength(1);
  });

  test("that has it as a classic sidecar", async () => {
    const [sidecar] = PLAIN.initContainers ?? [];
    const { restartPolicy, ...classic } = sidecar as Container & { restartPolicy: string };
    const { initContainers, ...rest } = PLAIN;
    expect(names(await created({ spec: { ...rest, containers: [...PLAIN.containers, classic] } }))).toEqual([]);
  });
});

describe("a pod is refused", () => {
  test.each([
    [
      "for a label with another value",
      { labels: { "feast-sidecar.dev/inject": "yes" } },
      'inject = yes does not fit; expected "true" or "false"',
    ],
    [
      "for an annotation that is not known",
      { annotations: { "feast-sidecar.dev/memori": "1Gi" } },
      "memori is unknown; expected one of",
    ],
    [
      "for CPU that is none",
      { annotations: { "feast-sidecar.dev/cpu": "0" } },
      "cpu = 0 does not fit; expected a quantity such as 250m",
    ],
    [
      "for memory that no sidecar runs in",
      { annotations: { "feast-sidecar.dev/memory": "1Mi" } },
      "memory = 1Mi does not fit",
    ],
    ...["80", "65536", "0x1F90", "7000 ", "", "-1024"].map((port): [string, Given, string] => [
      `for the port '${port}'`,
      { annotations: { "feast-sidecar.dev/port": port } },
      `feast-sidecar.dev/port = ${port} does not fit; expected a port from 1024 to 65535`,
    ]),
    ...["churn,churn", "Churn", "churn,", ""].map((uds): [string, Given, string] => [
      `for the containers '${uds}'`,
      { annotations: { "feast-sidecar.dev/uds": uds }, spec: WITH_GROUP },
      `feast-sidecar.dev/uds = ${uds} does not fit; expected the names of containers of this pod, separated by commas`,
    ]),
    [
      "for a socket for a container that it does not have",
      { annotations: { "feast-sidecar.dev/uds": "bento" }, spec: WITH_GROUP },
      "uds: this pod has no container bento; expected one of churn",
    ],
    [
      "for a socket without a group",
      { annotations: { "feast-sidecar.dev/uds": "churn" } },
      "uds needs spec.securityContext.fsGroup",
    ],
    [
      "for a socket where something else is mounted",
      {
        annotations: { "feast-sidecar.dev/uds": "churn" },
        spec: {
          ...WITH_GROUP,
          containers: ALONE.containers.map((each) => ({
            ...each,
            volumeMounts: [{ name: "tmp", mountPath: "/run/feast-sidecar" }],
          })),
        },
      },
      "uds: container churn has something mounted at /run/feast-sidecar; expected nothing there",
    ],
    [
      "for a port that a container of it has",
      { annotations: { "feast-sidecar.dev/port": "3000" } },
      "container churn has a port on which the sidecar listens (9566, 3000); expected another",
    ],
    [
      "for the data port, which a container of it has",
      { spec: withPort(6566) },
      "container churn has a port on which the sidecar listens (9566, 6566); expected another",
    ],
    [
      "for the admin port, which a container of it has",
      { spec: withPort(9566) },
      "container churn has a port on which the sidecar listens",
    ],
    [
      "for a data port that is the admin port",
      { annotations: { "feast-sidecar.dev/port": "9566" } },
      "port = 9566 is the sidecar's port for probes and metrics; expected another",
    ],
  ])("%s", async (_, given, words) => {
    expect(await kubectl.refusal(pod(given))).toContain(words);
  });

  test("for the network of its node", async () => {
    // Where that is not refused anyway.
    await kubectl.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "lax" } });
    const asked = (namespace: string, hostNetwork: boolean): object => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { generateName: "churn-", namespace, labels: ASKED },
      spec: { ...ALONE, hostNetwork },
    });
    expect(await kubectl.refusal(asked("lax", true))).toContain(
      "spec.hostNetwork is true: the sidecar would listen on",
    );
    expect(names(await kubectl.create<Pod>(asked("lax", false)))).toEqual(["feast-sidecar"]);
  });

  test("for memory that is no quantity", async () => {
    const annotations = { "feast-sidecar.dev/memory": "lots" };
    expect(await kubectl.refusal(pod({ annotations }))).toMatch(/lots|quantities must match/);
  });
});

describe("an injector that is not whole is loud:", () => {
  const parameters = only(POLICY, "ConfigMap") as { data: Record<string, string> } & object;

  test("a parameter is missing", async () => {
    const { image, ...data } = parameters.data;
    await kubectl.run(["replace", "-f", "-"], { ...parameters, data });
    await refusedWith("no such key: image");
    await kubectl.apply(parameters);
    await injecting();
  });

  test("all parameters are missing", async () => {
    await kubectl.run(["delete", "configmap", "feast-sidecar-injection", "-n", "feast-sidecar-system"]);
    await refusedWith("feast-sidecar");
    expect(names(await created({ labels: {} }))).toEqual([]);
    await kubectl.apply(parameters);
    await injecting();
  });

  test("it is gone: the pod that asked is refused with a sentence, others are not", async () => {
    await kubectl.run(["delete", "mutatingadmissionpolicybinding", "feast-sidecar"]);
    await refusedWith("this pod asks for feast-sidecar (label feast-sidecar.dev/inject) and has none");
    expect(names(await created({ labels: {} }))).toEqual([]);
    expect(names(await created({ spec: PLAIN }))).toEqual(["feast-sidecar"]);
    await kubectl.apply(POLICY);
    await injecting();
  });
});
