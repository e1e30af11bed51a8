/** The chart's life in a real API server: installed, upgraded, rolled back, removed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CHART, check, type PodSpec, podOf, readDeploy, sidecarOf, toolPath } from "../integration/deploy-kit.ts";
import { type ApiServer, startApiServer } from "./api-server.ts";
import { createRestrictedNamespace } from "./restricted-namespace.ts";

let server: ApiServer;
let home = "";
beforeAll(async () => {
  server = await startApiServer();
  home = mkdtempSync(join(tmpdir(), "feast-sidecar-helm-"));
  await createRestrictedNamespace(server.kubectl, "ml");
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await server?.stop();
});

/** Its words. @throws Error with them when it fails */
function helm(...args: readonly string[]): string {
  const folders = ["cache", "config", "data"].map((name) => `HELM_${name.toUpperCase()}_HOME=${join(home, name)}`);
  const { code, words } = check("env", [
    ...folders,
    toolPath("helm"),
    "--kubeconfig",
    server.kubeconfig,
    "-n",
    "ml",
    ...args,
  ]);
  if (code !== 0) throw new Error(`helm ${args.join(" ")}: ${words}`);
  return words;
}

async function stored(): Promise<PodSpec> {
  const text = await server.kubectl.run(["get", "deployment", "churn", "-n", "ml", "-o", "json"]);
  return (JSON.parse(text) as { spec: { template: { spec: PodSpec } } }).spec.template.spec;
}

async function cacheBytes(): Promise<string | undefined> {
  return sidecarOf(await stored()).env?.find(({ name }) => name === "FEAST_SIDECAR__CACHE__MAX_BYTES")?.value;
}

// The server has no PodMonitor.
const VALUES = ["--values", join(CHART, "ci/native-values.yaml"), "--set", "podMonitor.enabled=false"];

test("install, upgrade, roll back, uninstall", async () => {
  expect(helm("install", "churn", CHART, ...VALUES)).toContain("127.0.0.1:6566 inside the pod");
  const first = await stored();
  expect(sidecarOf(first).image).toBe(sidecarOf(podOf(readDeploy("k8s/deployment.yaml"))).image);
  expect(await cacheBytes()).toBe("32MiB");

  helm("upgrade", "churn", CHART, ...VALUES, "--set", "image.tag=0.2.0,resources.limits.memory=512Mi");
  expect(sidecarOf(await stored()).image).toBe("feast-sidecar:0.2.0");
  expect(await cacheBytes()).toBe("64MiB");

  helm("upgrade", "churn", CHART, ...VALUES, "--set", "socket.enabled=true");
  expect((await stored()).volumes?.map(({ name }) => name)).toContain("feast-sidecar-socket");

  helm("rollback", "churn", "1");
  expect(await stored()).toEqual(first);

  helm("uninstall", "churn");
  expect(await server.kubectl.run(["get", "deployment,service,pdb,networkpolicy", "-n", "ml", "-o", "name"])).toBe("");
});

test("values that the schema refuses change nothing", async () => {
  expect(() => helm("install", "other", CHART, ...VALUES, "--set", "mode=sidecar")).toThrow("mode");
  expect(await server.kubectl.run(["get", "deployment", "-n", "ml", "-o", "name"])).toBe("");
});
