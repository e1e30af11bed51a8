/**
 * The webhook and the policy that watches over it, as shipped in deploy/, before a real API server: what it sends, whether it takes the
 * patch, and what it does while no injector answers.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Injector, startInjector } from "../../src/injector/injector-server.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { freePort } from "../faults/free-port.ts";
import { until } from "../faults/until.ts";
import { createTestPki, type TestPki } from "../helpers/test-pki.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import { createRestrictedNamespace } from "./restricted-namespace.ts";

// biome-ignore lint/suspicious/noExplicitAny: a test reaches anywhere into an object, and what is not there fails it.
type Loose = any;

const INJECTION = fileURLToPath(new URL("../../deploy/injection/", import.meta.url));
const D = "feast-sidecar.dev";
const ACTIVE_WITHIN_MS = 30_000;

let pki: TestPki;
let injector: Injector;
let api: ApiServer;
const events: Record<string, unknown>[] = [];

beforeAll(async () => {
  pki = createTestPki();
  injector = await startInjector({
    listen: { kind: "tcp", host: "127.0.0.1", port: 0 },
    tls: { certFile: pki.file("server", "pem"), keyFile: pki.file("server", "key") },
    templateFile: join(INJECTION, "webhook/base/template.yaml"),
    drainWaitMs: 0,
    version: "1.2.3",
    log: createLog({ level: "info", write: (line) => events.push(JSON.parse(line)), epochMs: Date.now }),
  });
  api = await startApiServer();
  await createRestrictedNamespace(api.kubectl, "ml");
  await register(injector.address, "Fail");
  await until("the webhook is active", ACTIVE_WITHIN_MS, async () => hasSidecar(await dryRun(pod("probe"))));
}, 180_000);
afterAll(async () => {
  await api?.stop();
  await injector?.stop();
  pki.remove();
});

/** The objects of a file in deploy/. */
function shipped(path: string): Loose[] {
  return parseAllDocuments(readFileSync(join(INJECTION, path), "utf8")).map((document) => document.toJS());
}

/** The shipped configuration, called at an address of this machine in place of a Service. */
async function register(address: string, failurePolicy: "Fail" | "Ignore"): Promise<void> {
  const [configuration] = shipped("webhook/base/webhook.yaml");
  const clientConfig = { url: `https://${address}/mutate`, caBundle: pki.read("ca", "pem").toString("base64") };
  Object.assign(configuration.webhooks[0], { failurePolicy, clientConfig });
  await api.kubectl.apply(configuration);
}

/** A pod that the restricted profile lets in, and that asks. */
function pod(name: string, change: (pod: Loose) => void = () => {}): Loose {
  const container = {
    name: "app",
    image: "registry.example/app:1",
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  };
  const made = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "ml", labels: { [`${D}/inject`]: "true" }, annotations: {} },
    spec: {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [container],
    },
  };
  change(made);
  return made;
}

function dryRun(object: Loose): Promise<Loose> {
  return api.kubectl.create(object, "--dry-run=server");
}

function hasSidecar(made: Loose): boolean {
  return made.spec.initContainers?.[0]?.name === "feast-sidecar";
}

describe("with an injector", () => {
  it("a pod that asks gets the template's container and volumes, whole, in a restricted namespace", async () => {
    const made = await api.kubectl.create<Loose>(pod("asks"));
    const [template] = shipped("webhook/base/template.yaml");
    // What the API server adds are defaults.
    expect(made.spec.initContainers).toMatchObject([template.initContainer]);
    expect(made.spec.volumes).toMatchObject(template.volumes);
    expect(JSON.parse(made.metadata.annotations[`${D}/status`])).toMatchObject({ container: "feast-sidecar" });
    expect(made.spec.containers).toHaveLength(1);
  });

  it("so does one that has only the beginning of a name", async () => {
    const generated = pod("", ({ metadata }) => {
      delete metadata.name;
      metadata.generateName = "from-a-replica-set-";
      delete metadata.annotations;
    });
    const made = await api.kubectl.create<Loose>(generated);
    expect([hasSidecar(made), made.metadata.name]).toEqual([true, expect.stringMatching(/^from-a-replica-set-.+/)]);
    expect(events.filter(({ event }) => event === "injected").at(-1)).toMatchObject({
      namespace: "ml",
      pod: expect.stringMatching(/^from-a-replica-set-/),
    });
  });

  it("before other init containers", async () => {
    const made = await dryRun(
      pod("others", ({ spec }) => {
        spec.initContainers = ["first", "second"].map((name) => ({ ...spec.containers[0], name }));
      }),
    );
    expect(made.spec.initContainers.map(({ name }: Loose) => name)).toEqual(["feast-sidecar", "first", "second"]);
  });

  it("with what its annotations say", async () => {
    const made = await dryRun(
      pod("parameters", ({ metadata, spec }) => {
        spec.securityContext.fsGroup = 2000;
        metadata.annotations = {
          [`${D}/features-config`]: "churn-features",
          [`${D}/image`]: "registry.example/feast-sidecar:2",
          [`${D}/cpu`]: "500m",
          [`${D}/memory`]: "1Gi",
          [`${D}/port`]: "7000",
          [`${D}/uds`]: "app",
        };
      }),
    );
    const [sidecar] = made.spec.initContainers;
    expect(sidecar).toMatchObject({
      image: "registry.example/feast-sidecar:2",
      resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } },
    });
    expect(sidecar.env).toContainEqual({
      name: "FEAST_SIDECAR__LISTEN",
      value: '["127.0.0.1:7000","unix:/run/feast-sidecar/feast.sock"]',
    });
    expect(made.spec.volumes).toMatchObject([
      { configMap: { name: "churn-features" } },
      { name: "feast-sidecar-socket", emptyDir: { medium: "Memory" } },
    ]);
    expect(made.spec.containers[0].volumeMounts).toMatchObject([{ mountPath: "/run/feast-sidecar" }]);
  });

  it("in a dry run, which leaves nothing", async () => {
    expect(hasSidecar(await dryRun(pod("dry")))).toBe(true);
    expect(events.filter(({ event }) => event === "injected").at(-1)).toMatchObject({ pod: "dry", dryRun: true });
    expect((await api.kubectl.try(["get", "pod", "dry", "-n", "ml"])).stderr).toContain("NotFound");
  });

  it("once: what was injected before stays as it is", async () => {
    const { spec, metadata } = await dryRun(pod("again"));
    const made = await dryRun(
      pod("again", (again) =>
        Object.assign(again, { spec, metadata: { ...again.metadata, annotations: metadata.annotations } }),
      ),
    );
    expect(made.spec).toEqual(spec);
    expect(events.at(-1)).toMatchObject({ event: "injected", pod: "again" });
    expect(events.filter(({ pod: name }) => name === "again")).toHaveLength(1);
  });

  it.each<[string, (pod: Loose) => void]>([
    ["does not ask", ({ metadata }) => delete metadata.labels],
    ["says false", ({ metadata }) => Object.assign(metadata.labels, { [`${D}/inject`]: "false" })],
  ])("a pod that %s is left alone", async (_what, change) => {
    const made = await dryRun(pod("left", change));
    expect([made.spec.initContainers, made.spec.volumes]).toEqual([undefined, undefined]);
  });

  it.each<[string, (pod: Loose) => void, string]>([
    [
      "a wrong value",
      ({ metadata }) => Object.assign(metadata.annotations, { [`${D}/memory`]: "256" }),
      `annotation ${D}/memory = "256" does not fit; expected a memory quantity with a unit`,
    ],
    [
      "an unknown annotation",
      ({ metadata }) => Object.assign(metadata.annotations, { [`${D}/cpus`]: "1" }),
      `annotation ${D}/cpus is unknown; expected one of`,
    ],
    [
      "a label that is neither true nor false",
      ({ metadata }) => Object.assign(metadata.labels, { [`${D}/inject`]: "please" }),
      `label ${D}/inject = "please" does not fit`,
    ],
  ])("a pod with %s is refused in the injector's words", async (_what, change, sentence) => {
    const refusal = await api.kubectl.refusal(pod("wrong", change));
    expect(refusal).toContain("denied the request: the sidecar cannot be injected: ");
    expect(refusal).toContain(sentence);
  });
});

describe("without one", () => {
  it("Fail refuses pods that ask and lets all others be; Ignore lets them in without, unless the policy is there", async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const isRefused = async (): Promise<boolean> =>
      (await api.kubectl.try(["create", "-f", "-", "--dry-run=server"], pod("dead"))).code !== 0;

    await register(dead, "Fail");
    await until("the dead address is asked", ACTIVE_WITHIN_MS, isRefused);
    expect(await api.kubectl.refusal(pod("dead"))).toContain('failed calling webhook "injector.feast-sidecar.dev"');
    const other = pod("other", ({ metadata }) => delete metadata.labels);
    expect(hasSidecar(await dryRun(other))).toBe(false);

    await register(dead, "Ignore");
    await until("the failure is ignored", ACTIVE_WITHIN_MS, async () => !(await isRefused()));
    expect(hasSidecar(await dryRun(pod("dead")))).toBe(false);

    for (const object of shipped("require-sidecar/require-sidecar.yaml")) await api.kubectl.apply(object);
    await until("the policy is active", ACTIVE_WITHIN_MS, isRefused);
    expect(await api.kubectl.refusal(pod("dead"))).toContain("this pod asks for feast-sidecar");
    expect(hasSidecar(await dryRun(other))).toBe(false);

    await register(injector.address, "Ignore");
    await until("the injector is asked again", ACTIVE_WITHIN_MS, async () => !(await isRefused()));
    expect(hasSidecar(await dryRun(pod("alive")))).toBe(true);
  });
});
