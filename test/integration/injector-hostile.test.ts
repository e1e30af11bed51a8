/**
 * The webhook against whatever may come over its port: every request gets an answer or a closed connection, none is a bug, and at the
 * end it still injects. FUZZ_SEED=n repeats a run, FUZZ_ROUNDS=n makes it longer.
 */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect as tlsConnect } from "node:tls";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Injector, startInjector } from "../../src/injector/injector-server.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { patchedPod, recordedReview, TEMPLATE_FILE } from "../helpers/admission.ts";
import { askInjector, type InjectorAnswer, type InjectorCall } from "../helpers/ask-injector.ts";
import { mutateBytes, mutateJson } from "../helpers/mutate.ts";
import { createRandom } from "../helpers/random.ts";
import { createTestPki, type TestPki } from "../helpers/test-pki.ts";

const SEED = Number(process.env["FUZZ_SEED"] ?? 20_261_129);
const ROUNDS = Number(process.env["FUZZ_ROUNDS"] ?? 1);
const REVIEWS = 2000 * ROUNDS;
const LIMIT = 4 * 1024 * 1024;

let pki: TestPki;
let directory: string;
let injector: Injector;
let ca: Buffer;
const events: Record<string, unknown>[] = [];

beforeAll(async () => {
  pki = createTestPki();
  ca = pki.read("ca", "pem");
  directory = mkdtempSync(join(tmpdir(), "feast-sidecar-injector-"));
  copyFileSync(TEMPLATE_FILE, join(directory, "template.yaml"));
  copyFileSync(pki.file("server", "pem"), join(directory, "tls.crt"));
  copyFileSync(pki.file("server", "key"), join(directory, "tls.key"));
  injector = await startInjector({
    listen: { kind: "tcp", host: "127.0.0.1", port: 0 },
    tls: { certFile: join(directory, "tls.crt"), keyFile: join(directory, "tls.key") },
    templateFile: join(directory, "template.yaml"),
    drainWaitMs: 0,
    reloadEveryMs: 20,
    version: "1.2.3",
    log: createLog({ level: "info", write: (line) => events.push(JSON.parse(line)), epochMs: Date.now }),
  });
});
afterAll(async () => {
  await injector.stop();
  pki.remove();
  rmSync(directory, { recursive: true, force: true });
});

function ask(body: string | Buffer, call: Omit<InjectorCall, "ca"> = {}): Promise<InjectorAnswer> {
  return askInjector(injector.address, body, { ca, ...call });
}

async function expectServing(): Promise<void> {
  const review = recordedReview("pod-dry-run");
  const { text } = await ask(JSON.stringify(review));
  expect(patchedPod(review, JSON.parse(text)).spec.initContainers).toHaveLength(1);
  expect(events.filter(({ event }) => event === "unexpected_error")).toEqual([]);
}

describe("what is no review", () => {
  it.each<[string, string, Omit<InjectorCall, "ca">, number, string]>([
    ["no body", "", {}, 400, "the body is not JSON in UTF-8\n"],
    ["a scalar", "7", {}, 400, "the body is no JSON object; expected an AdmissionReview\n"],
    [
      "an older version",
      '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}',
      {},
      400,
      "the body is no AdmissionReview of",
    ],
    ["deep nesting", "[".repeat(500_000), {}, 400, "the body is not JSON in UTF-8\n"],
    ["another path", "{}", { path: "/mutate/x" }, 404, "not here; there are POST /mutate and GET /healthz\n"],
    ["another method", "", { method: "GET" }, 405, "expected POST\n"],
    ["a health check that posts", "", { path: "/healthz" }, 405, "expected GET\n"],
    ["an odd encoding", "{}", { headers: { "content-encoding": "br" } }, 415, "Content-Encoding is not supported"],
    ["a broken encoding", "{}", { headers: { "content-encoding": "gzip" } }, 400, "the body cannot be decompressed\n"],
  ])("%s", async (_what, body, call, status, sentence) => {
    const answer = await ask(body, call);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(sentence)]);
    await expectServing();
  });

  it("a review of a pod of another form", async () => {
    const review = recordedReview("pod-dry-run", ({ spec }) => Object.assign(spec, { containers: 7 }));
    expect(await ask(JSON.stringify(review))).toMatchObject({
      status: 400,
      text: "spec.containers has another form than a pod's; expected a list of objects\n",
    });
  });

  it("too many bytes, also when they come compressed", async () => {
    const large = Buffer.alloc(LIMIT + 1, " ");
    const sentence = `the review is larger than ${LIMIT} bytes\n`;
    const headers = { "content-encoding": "gzip" };
    expect(await ask(large)).toMatchObject({ status: 413, text: sentence, connection: "close" });
    expect(await ask(gzipSync(large), { headers })).toMatchObject({ status: 413, text: sentence });
    await expectServing();
  });

  it("but everything up to the limit is", async () => {
    const review = JSON.stringify(recordedReview("pod-dry-run"));
    expect((await ask(review.padEnd(LIMIT))).status).toBe(200);
  });
});

describe("more reviews than there is memory for", () => {
  it("are sent away at once, and the places come free again", async () => {
    let finish = (_body: string): void => {};
    const body = new Promise<string>((resolve) => (finish = resolve));
    const held = Array.from({ length: 64 }, () => askInjector(injector.address, body, { ca }));
    let over = await ask("{}");
    // The held ones arrive in their own time.
    for (let tries = 0; over.status !== 503 && tries < 500; tries++, await delay(10)) over = await ask("{}");
    expect([over.status, over.text]).toEqual([503, "64 reviews are being answered; try again\n"]);
    expect((await ask("", { method: "GET", path: "/healthz" })).status).toBe(200);
    finish(JSON.stringify(recordedReview("pod-dry-run")));
    expect(new Set((await Promise.all(held)).map(({ status }) => status))).toEqual(new Set([200]));
    await expectServing();
  });
});

describe("clients that leave", () => {
  it("in the middle of a review or of a handshake are no bug", async () => {
    const [host, port] = injector.address.split(":");
    for (let count = 0; count < 20; count++) {
      const socket = tlsConnect({ host, port: Number(port), ca, servername: "localhost" });
      socket.on("error", () => {});
      if (count % 2 === 0) {
        await new Promise((resolve) => socket.once("secureConnect", resolve));
        socket.write('POST /mutate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"apiVersion"');
        await delay(5);
      }
      socket.destroy();
    }
    await expectServing();
  });
});

describe("damaged reviews", () => {
  it(
    `get an answer each (seed ${SEED})`,
    async () => {
      const random = createRandom(SEED);
      const corpus = (["pod-dry-run", "pod-of-replica-set"] as const).map((name) =>
        JSON.stringify(
          recordedReview(name, ({ metadata, spec }) => {
            Object.assign(metadata.annotations, {
              "feast-sidecar.dev/cpu": "1",
              "feast-sidecar.dev/port": "7000",
              "feast-sidecar.dev/uds": "bento",
            });
            spec.securityContext.fsGroup = 1;
          }),
        ),
      );
      const agent = new Agent({ keepAlive: true, maxSockets: 4 });
      const outcomes = new Map<string, number>();
      const one = async (): Promise<void> => {
        const text = random.pick(corpus);
        const body =
          random.next() < 0.2
            ? mutateBytes(Buffer.from(text), Buffer.from(random.pick(corpus)), random)
            : mutateJson(random.next() < 0.5 ? text : mutateJson(text, random), random);
        const answer = await ask(body, { agent });
        const outcome = outcomeOf(answer);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      };
      const client = async (calls: number): Promise<void> => {
        for (let call = 0; call < calls; call++) await one();
      };
      await Promise.all(Array.from({ length: 4 }, () => client(REVIEWS / 4)));
      agent.destroy();
      // Each way out is taken, and no other.
      expect([...outcomes.keys()].sort()).toEqual(["400", "injected", "left", "refused"]);
      await expectServing();
    },
    60_000 * ROUNDS,
  );

  /** @throws Error for an answer that no API server would take */
  function outcomeOf({ status, text }: InjectorAnswer): string {
    if (status !== 200) {
      expect(text).toMatch(/^[^\n]+\n$/);
      return String(status);
    }
    const { response } = JSON.parse(text);
    expect(response.uid).toEqual(expect.any(String));
    if (response.allowed === false) {
      expect(response.status.message).toMatch(/^the sidecar cannot be injected: /);
      return "refused";
    }
    expect(response.allowed).toBe(true);
    if (response.patch === undefined) return "left";
    expect(JSON.parse(Buffer.from(response.patch, "base64").toString())).toEqual(expect.any(Array));
    return "injected";
  }
});

describe("files", () => {
  it("that change are noticed without a signal, and a broken state is told once", async () => {
    const count = (name: string): number => events.filter(({ event }) => event === name).length;
    copyFileSync(pki.file("client", "pem"), join(directory, "tls.crt"));
    // The key is not there yet; for that long the old pair serves.
    for (let tries = 0; count("tls_reload_failed") === 0 && tries < 500; tries++) await delay(10);
    await delay(100);
    expect([count("tls_reload_failed"), (await ask("", { method: "GET", path: "/healthz" })).server]).toEqual([
      1,
      "server",
    ]);
    copyFileSync(pki.file("client", "key"), join(directory, "tls.key"));
    for (let tries = 0; count("tls_reloaded") === 0 && tries < 500; tries++) await delay(10);
    expect((await ask("", { method: "GET", path: "/healthz" })).server).toBe("client");
  });
});
