/** The ways in give the same pod: that of deploy/k8s/deployment.yaml. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { loadSettings } from "../../src/config/load-settings.ts";
import { formatProblem } from "../../src/config/problem.ts";
import {
  type Container,
  DEPLOY,
  helmTemplate,
  kustomize,
  libraryTemplate,
  only,
  type PodSpec,
  podOf,
  readDeploy,
  sidecarOf,
} from "./deploy-kit.ts";

const PLAIN = podOf(readDeploy("k8s/deployment.yaml"));
const SIDECAR = sidecarOf(PLAIN);

/** Volumes have names, so their order says nothing; whose pods are spread is the release's. */
function comparable(pod: PodSpec): unknown {
  const { topologySpreadConstraints, ...rest } = pod as PodSpec & { topologySpreadConstraints: unknown };
  return { ...rest, volumes: [...(pod.volumes ?? [])].sort((a, b) => a.name.localeCompare(b.name)) };
}

function variable(container: Container, name: string): string | undefined {
  return container.env?.find((each) => each.name === name)?.value;
}

describe("the pod is the one of the plain manifest", () => {
  test("with kustomize", () => {
    expect(comparable(podOf(kustomize(join(DEPLOY, "kustomize/example"))))).toEqual(comparable(PLAIN));
  });

  test("with Helm", () => {
    expect(comparable(podOf(helmTemplate("native-values.yaml")))).toEqual(comparable(PLAIN));
  });

  test("with the webhook's template", () => {
    const template = parse(readDeploy("injection/webhook/base/template.yaml")) as {
      initContainer: Container;
      volumes: readonly { name: string }[];
      featuresVolume: string;
    };
    expect(template.initContainer).toEqual(SIDECAR);
    expect(PLAIN.volumes).toEqual(expect.arrayContaining([...template.volumes]));
    expect(template.volumes.map(({ name }) => name)).toEqual([template.featuresVolume]);
  });

  // That it gives the same pod is seen where it is evaluated: test/kube/policy.test.ts. Here: no value was changed in one place only.
  test("with the policy, as far as its text tells", () => {
    const expression = readDeploy("injection/policy/policy.yaml");
    const parameters = only(readDeploy("injection/policy/parameters.yaml"), "ConfigMap").data ?? {};
    const told = [expression.replaceAll('\\"', '"'), ...Object.values(parameters)].join("\n");
    const values: string[] = [];
    JSON.stringify(SIDECAR, (_, value: unknown) => {
      if (typeof value === "string") values.push(value);
      return value;
    });
    expect(values.length).toBeGreaterThan(30);
    for (const value of values) expect(told).toContain(value);
  });
});

describe("kustomize", () => {
  test("puts the sidecar before other init containers, and leaves workloads without the label alone", () => {
    const copy = mkdtempSync(join(tmpdir(), "feast-sidecar-kustomize-"));
    onTestFinished(() => rmSync(copy, { recursive: true }));
    cpSync(join(DEPLOY, "kustomize"), copy, { recursive: true });
    const file = join(copy, "example/deployment.yaml");
    const base = readFileSync(file, "utf8");
    const withInit = base.replace(
      "      containers:\n",
      "      initContainers: [{name: migrate, image: churn:1.0.0}]\n      containers:\n",
    );
    const other = base.replace("name: churn\n", "name: other\n").replace('    feast-sidecar.dev/sidecar: "true"\n', "");
    const stateful = withInit.replace("kind: Deployment", "kind: StatefulSet").replace("strategy:", "updateStrategy:");
    writeFileSync(file, [withInit, other, stateful].join("---\n"));
    const built = kustomize(join(copy, "example"));
    const names = (kind: string, name: string): readonly string[] | undefined =>
      (only(built, kind, name).spec as { template: { spec: PodSpec } }).template.spec.initContainers?.map(
        (each) => each.name,
      );
    expect(names("Deployment", "churn")).toEqual(["feast-sidecar", "migrate"]);
    expect(names("StatefulSet", "churn")).toEqual(["feast-sidecar", "migrate"]);
    expect(names("Deployment", "other")).toBeUndefined();
  });
});

describe("Helm", () => {
  test("a socket: in a volume of memory that both mount, with a group that both have, and first in the pod", () => {
    const pod = podOf(helmTemplate("socket-values.yaml"));
    const mount = { name: "feast-sidecar-socket", mountPath: "/run/feast-sidecar" };
    expect(pod.initContainers?.map(({ name }) => name)).toEqual(["feast-sidecar", "warm-up"]);
    expect(sidecarOf(pod).volumeMounts).toContainEqual(mount);
    expect(pod.containers[0]?.volumeMounts).toContainEqual(mount);
    expect(pod.volumes).toContainEqual({ name: mount.name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } });
    expect(pod.securityContext).toMatchObject({ fsGroup: 65532 });
    expect(variable(sidecarOf(pod), "FEAST_SIDECAR__LISTEN")).toBe('["unix:/run/feast-sidecar/feast.sock"]');
    expect(variable(sidecarOf(pod), "FEAST_SIDECAR__ZONE")).toBe("eu-1a");
    expect(variable(sidecarOf(pod), "FEAST_SIDECAR__ADMIN")).toBe("[::]:9600");
    expect(sidecarOf(pod).image).toBe(`feast-sidecar@sha256:${"1".repeat(64)}`);
  });

  test("the cache is an eighth of the memory limit, unless it is given", () => {
    expect(variable(sidecarOf(podOf(helmTemplate("native-values.yaml"))), "FEAST_SIDECAR__CACHE__MAX_BYTES")).toBe(
      "32MiB",
    );
    expect(variable(sidecarOf(podOf(helmTemplate("socket-values.yaml"))), "FEAST_SIDECAR__CACHE__MAX_BYTES")).toBe(
      "128MiB",
    );
    expect(variable(sidecarOf(podOf(helmTemplate("classic-values.yaml"))), "FEAST_SIDECAR__CACHE__MAX_BYTES")).toBe(
      "64MiB",
    );
  });

  test("classic: a container like the others, which goes on answering while the model server drains", () => {
    const pod = podOf(helmTemplate("classic-values.yaml", "--kube-version", "1.25.0"));
    const { restartPolicy, env, ...native } = SIDECAR as Container & { restartPolicy: string };
    const sidecar = sidecarOf(pod);
    expect(pod.initContainers).toBeUndefined();
    expect(sidecar).toMatchObject(native);
    expect(sidecar).not.toHaveProperty("restartPolicy");
    expect(variable(sidecar, "FEAST_SIDECAR__DRAIN__WAIT")).toBe("15s");
    expect(variable(sidecar, "FEAST_SIDECAR__PROBES__LIVENESS__REDIS_GRACE")).toBe("0s");
  });

  test("a native sidecar is refused on a cluster that would wait for it forever", () => {
    expect(() => helmTemplate("native-values.yaml", "--kube-version", "1.28.9")).toThrow("set mode: classic");
  });

  test.each([
    [
      "cache.maxBytes=4GiB",
      "cache.maxBytes: 4GiB does not fit into resources.limits.memory (256Mi) beside the heap (heapPercent: 40)",
    ],
    ["cache.maxBytes=157287KiB", "cache.maxBytes: 157287KiB does not fit"],
    ["cache.maxBytes=128MiB,heapPercent=60", "expected at most 102MiB"],
    [
      "resources.limits.memory=4Mi",
      "resources.limits.memory: 4Mi is too little for the sidecar to start; expected 64Mi or more",
    ],
    ["resources.limits.memory=63Mi", "expected 64Mi or more"],
  ])("memory in which heap and cache have no place is refused: %s", (values, words) => {
    expect(() => helmTemplate("native-values.yaml", "--set", values)).toThrow(words);
  });

  test.each([
    ["cache.maxBytes=157286KiB", "157286KiB"],
    ["cache.maxBytes=1GiB,resources.limits.memory=2Gi", "1GiB"],
    ["resources.limits.memory=64Mi,heapPercent=70", "8MiB"],
    ["resources.limits.memory=999999999Gi", "127999999872MiB"],
  ])("memory in which they have one is taken: %s", (values, maxBytes) => {
    const sidecar = sidecarOf(podOf(helmTemplate("native-values.yaml", "--set", values)));
    expect(variable(sidecar, "FEAST_SIDECAR__CACHE__MAX_BYTES")).toBe(maxBytes);
  });

  test("an admin port that is the data port is refused, unless the data port is a socket", () => {
    const admin = ["--set", "admin.port=6566"];
    expect(() => helmTemplate("native-values.yaml", ...admin)).toThrow(
      "admin.port: 6566 is the port on which the sidecar gives features; choose another",
    );
    expect(variable(sidecarOf(podOf(helmTemplate("socket-values.yaml", ...admin))), "FEAST_SIDECAR__ADMIN")).toBe(
      "[::]:6566",
    );
  });

  test("the library gives another chart the same sidecar, with its values", () => {
    const sidecar = sidecarOf(podOf(libraryTemplate()));
    expect(sidecar).toMatchObject({ ...SIDECAR, env: expect.anything(), resources: { limits: { memory: "512Mi" } } });
    expect(variable(sidecar, "FEAST_SIDECAR__CACHE__MAX_BYTES")).toBe("64MiB");
  });
});

describe("the sidecar takes what the pod gives it", () => {
  const MIB = 2 ** 20;
  test.each([
    { way: "plain", pod: PLAIN, graceMs: 600_000, maxBytes: 32 * MIB, waitMs: 0 },
    { way: "socket", pod: podOf(helmTemplate("socket-values.yaml")), graceMs: 600_000, maxBytes: 128 * MIB, waitMs: 0 },
    { way: "classic", pod: podOf(helmTemplate("classic-values.yaml")), graceMs: 0, maxBytes: 64 * MIB, waitMs: 15_000 },
  ])("$way: every variable is an option and means what it should", ({ pod, graceMs, maxBytes, waitMs }) => {
    const repo = mkdtempSync(join(tmpdir(), "feast-sidecar-repo-"));
    onTestFinished(() => rmSync(repo, { recursive: true }));
    const feast =
      "project: churn\nregistry: registry.db\nonline_store: {type: redis, connection_string: 'redis:6379'}\n";
    writeFileSync(join(repo, "feature_store.yaml"), feast);
    const env = Object.fromEntries(sidecarOf(pod).env?.map(({ name, value = "" }) => [name, value]) ?? []);
    const loaded = loadSettings({ flags: { chdir: repo }, env, cwd: "/" });
    if ("problems" in loaded) throw new Error(loaded.problems.map(formatProblem).join("\n"));
    expect(loaded.settings).toMatchObject({
      warnings: [],
      probes: { readiness: "any", storeGraceMs: graceMs },
      cache: { maxBytes },
      drain: { waitMs },
    });
  });

  test("the heap is bounded by the memory limit", () => {
    const options = variable(SIDECAR, "NODE_OPTIONS") ?? "";
    const share = Number(/^--max-old-space-size-percentage=(\d+)$/.exec(options)?.[1]);
    const limit = (given: string): number => {
      const print = "require('node:v8').getHeapStatistics().heap_size_limit";
      return Number(execFileSync(process.execPath, ["-p", print], { env: { NODE_OPTIONS: given }, encoding: "utf8" }));
    };
    // Of the memory of this machine or container, as of the pod's limit: twice the share, about twice the heap.
    const ratio = limit(`--max-old-space-size-percentage=${share * 2}`) / limit(options);
    expect(share).toBe(40);
    expect(ratio).toBeGreaterThan(1.8);
    expect(ratio).toBeLessThan(2.2);
  });
});
