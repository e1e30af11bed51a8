/**
 * A real API server for one test file: etcd and kube-apiserver on loopback, without nodes and controllers, and kubectl to speak to it.
 * Admission is the real one; nothing runs. Ports, files and processes are gone after `stop`, or when this process ends.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../faults/free-port.ts";
import { Stage } from "../faults/stage.ts";
import { until } from "../faults/until.ts";
import { Kubectl } from "./kubectl.ts";
import { lastWords, startServer } from "./server-process.ts";

const BIN = fileURLToPath(new URL("../../.tools/bin/", import.meta.url));
const READY_TIMEOUT_MS = 90_000;

export interface ApiServer {
  readonly kubectl: Kubectl;
  /** For programs other than kubectl, such as Helm. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** @throws Error with the servers' own words when they do not start */
export async function startApiServer(): Promise<ApiServer> {
  if (!existsSync(join(BIN, "kube-apiserver")))
    throw new Error("there is no API server in .tools/bin: run `make kube`");
  const stage = new Stage();
  const dir = mkdtempSync(join(tmpdir(), "feast-sidecar-kube-"));
  stage.own(() => rmSync(dir, { recursive: true, force: true }));
  try {
    const etcdUrl = await startEtcd(dir, stage);
    const kubeconfig = await startKubeApiserver(dir, etcdUrl, stage);
    const kubectl = new Kubectl(join(BIN, "kubectl"), kubeconfig, join(dir, "home"));
    await until(
      "the API server is ready",
      READY_TIMEOUT_MS,
      async () => (await kubectl.try(["get", "--raw", "/readyz"])).code === 0,
    );
    // Made by a controller of the API server, a moment after it is ready.
    await until(
      "the namespace default is there",
      READY_TIMEOUT_MS,
      async () => (await kubectl.try(["get", "namespace", "default"])).code === 0,
    );
    return { kubectl, kubeconfig, stop: () => stage.close() };
  } catch (error) {
    const words = ["etcd", "kube-apiserver"].map((name) => lastWords(dir, name));
    await stage.close();
    throw new Error(`${(error as Error).message}\n${words.join("\n")}`, { cause: error });
  }
}

async function startEtcd(dir: string, stage: Stage): Promise<string> {
  const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`);
  startServer(join(BIN, "etcd"), dir, stage, [
    `--name=test`,
    `--data-dir=${join(dir, "etcd")}`,
    // Nothing has to survive a crash here.
    `--unsafe-no-fsync`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
  ]);
  return client ?? "";
}

/** @returns the path of the kubeconfig of an administrator */
async function startKubeApiserver(dir: string, etcdUrl: string, stage: Stage): Promise<string> {
  const port = await freePort();
  const file = (name: string): string => join(dir, name);
  mkdirSync(file("home"));
  const newKey = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file("sa.key")];
  execFileSync("openssl", newKey, { stdio: "pipe" });
  execFileSync("openssl", ["pkey", "-in", file("sa.key"), "-pubout", "-out", file("sa.pub")], { stdio: "pipe" });
  const token = randomBytes(16).toString("hex");
  writeFileSync(file("tokens.csv"), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  startServer(join(BIN, "kube-apiserver"), dir, stage, [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${file("certs")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${file("sa.pub")}`,
    `--service-account-signing-key-file=${file("sa.key")}`,
    `--token-auth-file=${file("tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--endpoint-reconciler-type=none",
    // No controller makes the service accounts that this would wait for.
    "--disable-admission-plugins=ServiceAccount",
  ]);
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    // The certificate is made at each start.
    clusters: [{ name: "test", cluster: { server: `https://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  };
  writeFileSync(file("kubeconfig"), JSON.stringify(kubeconfig), { mode: 0o600 });
  return file("kubeconfig");
}
