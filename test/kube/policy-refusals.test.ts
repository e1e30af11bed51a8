/** deploy/injection/policy in a real API server: which pods are refused, in which words, and that the webhook refuses the same. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Container, PodSpec } from "../integration/deploy-kit.ts";
import type { ApiServer } from "./api-server.ts";
import type { Kubectl } from "./kubectl.ts";
import {
  ALONE,
  annotated,
  decisionOfWebhook,
  type Given,
  PLAIN,
  type Pod,
  pod,
  startWithPolicy,
  WITH_GROUP,
  withPort,
} from "./policy-kit.ts";

let server: ApiServer;
let kubectl: Kubectl;
beforeAll(async () => {
  server = await startWithPolicy();
  ({ kubectl } = server);
});
afterAll(() => server?.stop());

function asking(parameters: Readonly<Record<string, string>>, spec: PodSpec = WITH_GROUP): Given {
  return { annotations: annotated(parameters), spec };
}

/** The model server with something mounted. */
function withMount(name: string, mountPath: string): PodSpec {
  const containers = ALONE.containers.map((each) => ({ ...each, volumeMounts: [{ name, mountPath }] }));
  return { ...WITH_GROUP, containers };
}

function withVolume(name: string, spec: PodSpec = WITH_GROUP): PodSpec {
  return { ...spec, volumes: [{ name, emptyDir: {} } as { name: string }, ...(spec.volumes ?? [])] };
}

/** Values that do not fit, each with what was expected. */
const MISFITS: readonly (readonly [name: string, expected: string, values: readonly string[]])[] = [
  [
    "cpu",
    "a CPU quantity such as 250m, 0.5 or 2, from 1m to 64",
    ["", "0", "0m", "100", "64001m", "1Ki", "1e3", "-1", "0.0005", "half", " 1", "1m\n"],
  ],
  [
    "memory",
    "a memory quantity with a unit, such as 256Mi or 1Gi, from 64Mi to 64Gi",
    ["", "1Mi", "63.999Mi", "64.001Gi", "1Ti", "100e6", "268435456000m", "256", "-256Mi", "lots", "256MiB"],
  ],
  [
    "port",
    "a port from 1024 to 65535",
    ["80", "1023", "65536", "0x1F90", "7000 ", "", "-1024", "07000", "01024", "99999999999999999999"],
  ],
  ["uds", "the names of containers of this pod, separated by commas", ["churn,churn", "Churn", "churn,", ""]],
  [
    "features-config",
    "the name of a ConfigMap that holds feature_store.yaml",
    ["Not A Name", "", "-a", "a..b", "x".repeat(254)],
  ],
  [
    "image",
    "an image such as example.org/feast-sidecar:1.2.3",
    ["x@sha256:12", "UPPER:tag with space", "", " x", "x".repeat(513)],
  ],
];

describe("a value that does not fit is refused, by the webhook as well:", () => {
  const cases = MISFITS.flatMap(([name, expected, values]) => values.map((value) => [name, value, expected] as const));

  test.each(cases)("%s = %j", async (name, value, expected) => {
    const given = asking({ [name]: value });
    expect(decisionOfWebhook(given)).toMatchObject({ outcome: "refused", reason: expect.stringContaining(expected) });
    const words = await kubectl.refusal(pod(given));
    expect(words).toContain(`annotation feast-sidecar.dev/${name} = `);
    expect(words).toContain(`does not fit; expected ${expected}`);
  });
});

describe("a value at the edge fits, for the webhook as well:", () => {
  test.each([
    ...["1m", "64", "64000m", "0.001", "00001"].map((cpu) => ({ cpu })),
    ...["64Mi", "64Gi", "65536Ki", "67108864", "67108.864k"].map((memory) => ({ memory })),
    ...["1024", "65535"].map((port) => ({ port })),
    ...["a", "a.b-c", "x".repeat(253)].map((name) => ({ "features-config": name })),
    ...["x", `UPPER:5000/x:1@sha256:${"0".repeat(64)}`, "x".repeat(512)].map((image) => ({ image })),
  ])("%j", async (parameters) => {
    const given = asking(parameters as Readonly<Record<string, string>>);
    expect(decisionOfWebhook(given).outcome).toBe("injected");
    await kubectl.create(pod(given), "--dry-run=server");
  });
});

describe("a pod is refused, by the webhook as well:", () => {
  test.each<[string, Given, string]>([
    [
      "for a label with another value",
      { labels: { "feast-sidecar.dev/inject": "yes" } },
      'does not fit; expected "true" or "false"',
    ],
    ["for an annotation that is not known", asking({ memori: "1Gi" }), "memori is unknown; expected one of"],
    [
      "for a socket for a container that it does not have",
      asking({ uds: "bento" }),
      "uds: this pod has no container bento; expected one of churn",
    ],
    ["for a socket without a group", asking({ uds: "churn" }, ALONE), "uds needs spec.securityContext.fsGroup"],
    ...["/run/feast-sidecar", "/run/feast-sidecar/", "//run//feast-sidecar"].map((path): [string, Given, string] => [
      `for a socket where something else is mounted, ${path}`,
      asking({ uds: "churn" }, withMount("tmp", path)),
      "uds: container churn has something mounted at /run/feast-sidecar; expected nothing there",
    ]),
    [
      "for a socket where it has mounted what is not there yet",
      asking({ uds: "churn" }, withMount("feast-sidecar-socket", "/run/feast-sidecar")),
      "uds: container churn has something mounted at /run/feast-sidecar; expected nothing there",
    ],
    [
      "for a volume of the features' name",
      asking({}, withVolume("feast-feature-repo")),
      "spec.volumes has a feast-feature-repo already, which the sidecar brings; expected another name",
    ],
    [
      "for a volume of the socket's name",
      asking({ uds: "churn" }, withVolume("feast-sidecar-socket")),
      "spec.volumes has a feast-sidecar-socket already, which the sidecar brings; expected another name",
    ],
    ["for a port that a container of it has", asking({ port: "3000" }, ALONE), "container churn has"],
    ["for the data port, which a container of it has", asking({}, withPort(6566)), "on which the sidecar listens"],
    ["for the admin port, which a container of it has", asking({}, withPort(9566)), "on which the sidecar listens"],
    [
      "for a data port that is the admin port",
      asking({ port: "9566" }),
      "port = 9566 is the sidecar's port for probes and metrics; expected another",
    ],
    [
      "for the network of its node",
      // Where that is not refused anyway.
      { namespace: "lax", spec: { ...ALONE, hostNetwork: true } as PodSpec },
      "spec.hostNetwork is true: the sidecar would listen on",
    ],
  ])("%s", async (_, given, words) => {
    expect(decisionOfWebhook(given)).toMatchObject({ outcome: "refused", reason: expect.stringContaining(words) });
    expect(await kubectl.refusal(pod(given))).toContain(words);
  });

  test("and the policy names the ports of the sidecar", async () => {
    const words = await kubectl.refusal(pod(asking({ port: "3000" }, ALONE)));
    expect(words).toContain("container churn has a port on which the sidecar listens (9566, 3000); expected another");
  });
});

describe("a pod with the socket's volume, but without uds, is injected, by the webhook as well", () => {
  test("since the sidecar brings none then", async () => {
    const given = asking({}, withVolume("feast-sidecar-socket"));
    expect(decisionOfWebhook(given).outcome).toBe("injected");
    await kubectl.create(pod(given), "--dry-run=server");
  });
});

describe("a pod that has the sidecar already is left alone, by the webhook as well, whatever it asks:", () => {
  const grouped = { ...PLAIN, securityContext: WITH_GROUP.securityContext };
  const [model] = PLAIN.containers as [Container];

  test.each<[string, Given]>([
    ["the network of its node", { namespace: "lax", spec: { ...PLAIN, hostNetwork: true } as PodSpec }],
    ["annotations that are wrong", asking({ memory: "lots", cpus: "1", port: "9566", image: "a b" }, PLAIN)],
    ["a port that is taken, and a socket", asking({ port: "3000", uds: "churn" }, grouped)],
    ["a socket without a group", asking({ uds: "churn" }, PLAIN)],
    ["a socket for a container that is not there", asking({ uds: "bento" }, grouped)],
    ["a status of its own", asking({ status: "{}", cpu: "" }, PLAIN)],
    [
      "the data port",
      { spec: { ...PLAIN, containers: [{ ...model, ports: [{ containerPort: 6566 }] } as Container] } },
    ],
  ])("%s", async (_, given) => {
    expect(decisionOfWebhook(given)).toMatchObject({ outcome: "left", reason: "already there" });
    const { metadata, spec } = await kubectl.create<Pod>(pod(given), "--dry-run=server");
    expect(metadata.annotations ?? {}).toEqual(given.annotations ?? {});
    expect(spec.containers[0]?.volumeMounts).toHaveLength(1);
    expect(spec.initContainers).toHaveLength(1);
  });
});
