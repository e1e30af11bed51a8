/** deploy/injection/policy in a real API server: what a pod that asks for the sidecar becomes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../faults/until.ts";
import { type Container, only, type PodSpec } from "../integration/deploy-kit.ts";
import type { ApiServer } from "./api-server.ts";
import type { Kubectl } from "./kubectl.ts";
import {
  ACTIVE_MS,
  ALONE,
  annotated,
  type Given,
  injecting,
  names,
  ofWebhook,
  PLAIN,
  POLICY,
  type Pod,
  pod,
  startWithPolicy,
  WITH_GROUP,
  withPort,
} from "./policy-kit.ts";

const STATUS = "feast-sidecar.dev/status";

let server: ApiServer;
let kubectl: Kubectl;

function created(given: Given = {}, ...args: readonly string[]): Promise<Pod> {
  return kubectl.create<Pod>(pod(given), ...args);
}

/** Waits until the words are those why a pod that asks is refused. */
function refusedWith(words: string): Promise<unknown> {
  return until(`pods are refused with ${words}`, ACTIVE_MS, async () =>
    (await kubectl.refusal(pod(), "--dry-run=server")).includes(words),
  );
}

beforeAll(async () => {
  server = await startWithPolicy();
  ({ kubectl } = server);
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
    const given = { annotations: annotated(parameters), spec };
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

  test("that has it as a classic sidecar", async () => {
    const [sidecar] = PLAIN.initContainers ?? [];
    const { restartPolicy, ...classic } = sidecar as Container & { restartPolicy: string };
    const { initContainers, ...rest } = PLAIN;
    expect(names(await created({ spec: { ...rest, containers: [...PLAIN.containers, classic] } }))).toEqual([]);
  });
});

describe("an injector that is not whole is loud:", () => {
  const parameters = only(POLICY, "ConfigMap") as { data: Record<string, string> } & object;

  test("a parameter is missing", async () => {
    const { image, ...data } = parameters.data;
    await kubectl.run(["replace", "-f", "-"], { ...parameters, data });
    await refusedWith("no such key: image");
    await kubectl.apply(parameters);
    await injecting(kubectl);
  });

  test("all parameters are missing", async () => {
    await kubectl.run(["delete", "configmap", "feast-sidecar-injection", "-n", "feast-sidecar-system"]);
    await refusedWith("feast-sidecar");
    expect(names(await created({ labels: {} }))).toEqual([]);
    await kubectl.apply(parameters);
    await injecting(kubectl);
  });

  test("it is gone: the pod that asked is refused with a sentence, others are not", async () => {
    await kubectl.run(["delete", "mutatingadmissionpolicybinding", "feast-sidecar"]);
    await refusedWith("this pod asks for feast-sidecar (label feast-sidecar.dev/inject) and has none");
    expect(names(await created({ labels: {} }))).toEqual([]);
    expect(names(await created({ spec: PLAIN }))).toEqual(["feast-sidecar"]);
    await kubectl.apply(POLICY);
    await injecting(kubectl);
  });
});
