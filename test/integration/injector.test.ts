/** `feast-sidecar injector` as a process: what it prints, what it answers, certificates and template that change, its end. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { patchedPod, recordedReview, TEMPLATE_FILE } from "../helpers/admission.ts";
import { askInjector, type InjectorAnswer } from "../helpers/ask-injector.ts";
import { CliProcess } from "../helpers/cli-process.ts";
import { runCli } from "../helpers/run-cli.ts";
import { createTestPki, type PkiName, type TestPki } from "../helpers/test-pki.ts";

let pki: TestPki;
let directory: string;
let ca: Buffer;
const running: CliProcess[] = [];

beforeAll(() => {
  pki = createTestPki();
  ca = pki.read("ca", "pem");
});
afterAll(() => pki.remove());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "feast-sidecar-injector-"));
  useCertificate("server");
  writeFileSync(join(directory, "template.yaml"), readFileSync(TEMPLATE_FILE));
});
afterEach(async () => {
  try {
    for (const injector of running.splice(0)) await injector.stop();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

/** The files as a Secret's volume has them. */
function useCertificate(name: PkiName, key = name): void {
  copyFileSync(pki.file(name, "pem"), join(directory, "tls.crt"));
  copyFileSync(pki.file(key, "key"), join(directory, "tls.key"));
}

function flags(listen = "127.0.0.1:0", drainWait = "0s"): string[] {
  const file = (name: string): string => join(directory, name);
  const files = ["--tls-cert", file("tls.crt"), "--tls-key", file("tls.key"), "--template", file("template.yaml")];
  return ["injector", ...files, "--listen", listen, "--drain-wait", drainWait];
}

async function start(drainWait?: string): Promise<{ injector: CliProcess; address: string }> {
  const injector = new CliProcess(flags(undefined, drainWait));
  running.push(injector);
  const { webhook, ...rest } = await injector.listeningLine();
  expect(rest).toEqual({ event: "listening", pid: injector.pid });
  return { injector, address: String(webhook) };
}

function review(address: string, agent?: Agent): Promise<InjectorAnswer> {
  const body = JSON.stringify(recordedReview("pod-of-replica-set"));
  return askInjector(address, body, { ca, ...(agent && { agent }) });
}

async function until(what: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !what(); await delay(10)) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
  }
}

describe("the webhook", () => {
  it("answers a recorded review with a patch that injects, refuses wrong values, and is healthy", async () => {
    const { injector, address } = await start();
    const sent = recordedReview("pod-of-replica-set");
    const answer = await review(address);
    expect([answer.status, answer.server]).toEqual([200, "server"]);
    const pod = patchedPod(sent, JSON.parse(answer.text));
    expect(pod.spec.initContainers.map(({ name }: { name: string }) => name)).toEqual(["feast-sidecar", "fetch-model"]);

    const wrong = recordedReview("pod-dry-run", ({ metadata }) => {
      metadata.annotations["feast-sidecar.dev/memory"] = "256";
    });
    const refused = JSON.parse((await askInjector(address, JSON.stringify(wrong), { ca })).text);
    expect(refused.response).toMatchObject({ uid: wrong.request.uid, allowed: false, status: { code: 400 } });

    const health = await askInjector(address, "", { ca, method: "GET", path: "/healthz" });
    expect([health.status, health.text]).toEqual([200, "ok\n"]);
    expect(injector.events("injected")).toMatchObject([{ namespace: "ml", pod: "bento-6d4f7c9b8d-…", dryRun: false }]);
    expect(injector.events("refused")).toMatchObject([{ namespace: "ml", pod: "bento", dryRun: true }]);
  });

  it("shows a certificate that only its CA's friends trust", async () => {
    const { address } = await start();
    const stranger = { ca: pki.read("stranger", "pem") };
    await expect(askInjector(address, "", stranger)).rejects.toThrow(/certificate/);
    expect((await review(address)).status).toBe(200);
  });
});

describe("files that change", () => {
  it("are read again on SIGHUP; what does not fit is told and the old stays", async () => {
    const { injector, address } = await start();
    useCertificate("client");
    writeFileSync(join(directory, "template.yaml"), readFileSync(TEMPLATE_FILE, "utf8").replace(":0.1.0", ":0.2.0"));
    injector.signal("SIGHUP");
    await until(
      () => injector.events("tls_reloaded").length === 1 && injector.events("template_reloaded").length === 1,
    );
    const answer = await review(address);
    const image = patchedPod(recordedReview("pod-of-replica-set"), JSON.parse(answer.text)).spec.initContainers[0]
      .image;
    expect([answer.server, image]).toEqual(["client", "registry.example/feast-sidecar:0.2.0"]);

    useCertificate("server", "ca");
    writeFileSync(join(directory, "template.yaml"), "initContainer: {}\n");
    injector.signal("SIGHUP");
    await until(() => injector.events("template_reload_failed").length === 1);
    expect(injector.events("tls_reload_failed")).toMatchObject([
      { error: expect.stringMatching(/--tls-key: .*tls\.key is not the private key of .*tls\.crt/) },
    ]);
    expect(injector.events("template_reload_failed")).toMatchObject([
      { error: expect.stringContaining("template.yaml line 1: initContainer.name: expected") },
    ]);
    const after = await review(address);
    expect([after.server, after.text]).toEqual(["client", answer.text]);
  });

  it("drop no call while certificates rotate, on old connections and new ones", async () => {
    const { injector, address } = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    const answers: InjectorAnswer[] = [];
    let isDone = false;
    const ask = async (shared?: Agent): Promise<void> => {
      while (!isDone) answers.push(await review(address, shared));
    };
    const clients = [ask(), ask(), ask(agent), ask(agent)];
    const reloads = 6;
    for (let turn = 1; turn <= reloads; turn++) {
      useCertificate(turn % 2 === 1 ? "client" : "server");
      injector.signal("SIGHUP");
      await until(() => injector.events("tls_reloaded").length === turn);
      const seen = answers.length;
      await until(() => answers.length > seen + 8);
    }
    isDone = true;
    await Promise.all(clients);
    agent.destroy();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ server }) => server))).toEqual(new Set(["server", "client"]));
  });
});

describe("SIGTERM", () => {
  it("is followed by answers for --drain-wait, unhealthy, each the last of its connection; then nothing listens", async () => {
    const { injector, address } = await start("600ms");
    const agent = new Agent({ keepAlive: true });
    expect((await review(address, agent)).connection).toBe("keep-alive");
    injector.signal("SIGTERM");
    await until(() => injector.events("draining").length === 1);
    const late = await review(address, agent);
    expect([late.status, late.connection]).toEqual([200, "close"]);
    const health = await askInjector(address, "", { ca, method: "GET", path: "/healthz" });
    expect([health.status, health.text]).toEqual([503, "shutting down\n"]);
    const { code, tookMs } = await injector.ended();
    expect(code).toBe(0);
    expect(tookMs).toBeGreaterThan(590);
    await expect(review(address)).rejects.toThrow("ECONNREFUSED");
    agent.destroy();
  });

  it("lets a review that is under way end, and cuts what never does", async () => {
    const { injector, address } = await start();
    const [, port] = address.split(":");
    const silent = connect(Number(port), "127.0.0.1");
    silent.on("error", () => {});
    let send = (_body: string): void => {};
    const slow = askInjector(address, new Promise<string>((resolve) => (send = resolve)), { ca });
    await review(address);
    injector.signal("SIGTERM");
    await until(() => injector.events("draining").length === 1);
    await delay(100);
    await expect(review(address)).rejects.toThrow("ECONNREFUSED");
    send(JSON.stringify(recordedReview("pod-of-replica-set")));
    expect((await slow).status).toBe(200);
    const { code, tookMs } = await injector.ended();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(8_000);
    expect(injector.events("stopped")).toMatchObject([{ cut: 1 }]);
  });
});

describe("a start that cannot be", () => {
  it.each<[string, () => void, RegExp]>([
    [
      "no certificate",
      () => rmSync(join(directory, "tls.crt")),
      /^feast-sidecar: --tls-cert: .*tls\.crt cannot be read \(ENOENT\)\n$/,
    ],
    ["another key", () => useCertificate("server", "ca"), /^feast-sidecar: --tls-key: .* is not the private key of/],
    [
      "no template",
      () => rmSync(join(directory, "template.yaml")),
      /^feast-sidecar: --template .* cannot be read \(ENOENT\)\n$/,
    ],
    [
      "a wrong template",
      () => writeFileSync(join(directory, "template.yaml"), "initContainer:\n  name: X\n  image: a\n"),
      /^feast-sidecar: .*line 2: initContainer\.name: expected .*\nfeast-sidecar: .*initContainer\.restartPolicy: expected Always.*\n$/,
    ],
  ])("%s: 64 and the sentence", async (_what, spoil, sentence) => {
    spoil();
    expect(await runCli(flags())).toMatchObject({ code: 64, stdout: "", stderr: expect.stringMatching(sentence) });
  });

  it.each([
    [["injector"], "--tls-cert is missing; expected a file"],
    [["injector", "--tls-cert", "a", "--tls-key", "b"], "--template is missing; expected a file"],
    [["injector", "--listen", "here"], "--listen 'here': not an address; expected host:port"],
    [["injector", "--cert", "a"], "Unknown option '--cert'"],
  ])("%j: 64 and the sentence", async (args, sentence) => {
    const { code, stderr } = await runCli(args);
    expect([code, stderr]).toEqual([64, expect.stringContaining(sentence)]);
  });

  it("a wait without a unit: 64 and the sentence", async () => {
    const { code, stderr } = await runCli(flags("127.0.0.1:0", "5"));
    expect([code, stderr]).toEqual([64, expect.stringContaining("--drain-wait '5': expected a duration with a unit")]);
  });

  it("a port that is taken: 69", async () => {
    const { address } = await start();
    expect(await runCli(flags(address))).toMatchObject({
      code: 69,
      stderr: `feast-sidecar: ${address} is already in use\n`,
    });
  });
});
