/** The same port with `sidecar.tls`: ALPN, client certificates, and replacement of the certificate while serving. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { credentials, status } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_TIMEOUTS } from "../../src/transport/options.ts";
import { loadTlsMaterial } from "../../src/transport/tls-context.ts";
import {
  ask,
  type Data,
  grpcClient,
  open,
  received,
  SERVING,
  startData,
  talk,
  tempDir,
  until,
} from "./transport-kit.ts";

let pki: { dir: string; file: (name: string) => string; read: (name: string) => Buffer };

/** A CA, two server certificates for localhost, a client certificate, and a CA that nobody trusts. */
beforeAll(() => {
  const dir = mkdtempSync(join(tmpdir(), "feast-sidecar-pki-"));
  const file = (name: string): string => join(dir, name);
  pki = { dir, file, read: (name) => readFileSync(file(name)) };
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  writeFileSync(file("ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  for (const ca of ["ca", "other-ca"]) {
    openssl("req", "-x509", ...newKey, "-keyout", `${ca}.key`, "-out", `${ca}.pem`, "-days", "2", "-subj", `/CN=${ca}`);
  }
  const issue = (name: string, ca: string): void => {
    openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      `${ca}.pem`,
      "-CAkey",
      `${ca}.key`,
      "-CAcreateserial",
      "-out",
      `${name}.pem`,
      "-days",
      "2",
      "-extfile",
      "ext",
    );
  };
  issue("first", "ca");
  issue("second", "ca");
  issue("client", "ca");
  issue("stranger", "other-ca");
  return () => rmSync(dir, { recursive: true, force: true });
});

/** Copies of a pair, so that a test can replace them. */
function serverFiles(): { certFile: string; keyFile: string; use: (name: string, key?: string) => void } {
  const dir = tempDir();
  const files = { certFile: join(dir, "cert.pem"), keyFile: join(dir, "key.pem") };
  const use = (name: string, key = name): void => {
    copyFileSync(pki.file(`${name}.pem`), files.certFile);
    copyFileSync(pki.file(`${key}.key`), files.keyFile);
  };
  use("first");
  return { ...files, use };
}

function https(data: Data, options = {}): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpsRequest(
      { host: "127.0.0.1", port: data.port, path: "/health", ca: pki.read("ca.pem"), agent: false, ...options },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    request.end();
  });
}

async function servedName(data: Data): Promise<string> {
  const socket = await new Promise<TLSSocket>((resolve) => {
    const connecting: TLSSocket = connect({ host: "127.0.0.1", port: data.port, ca: pki.read("ca.pem") }, () =>
      resolve(connecting),
    );
  });
  const name = socket.getPeerCertificate().subject["CN"];
  socket.destroy();
  return String(name);
}

describe("TLS", () => {
  it("answers both protocols on one port and tells the caller which it agreed to", async () => {
    const data = await startData({ tls: serverFiles() });
    const creds = credentials.createSsl(pki.read("ca.pem"));
    expect((await ask(grpcClient(`localhost:${data.port}`, creds), SERVING)).code).toBe(status.OK);
    expect(await https(data)).toBe(200);
    expect(await https(data, { ALPNProtocols: ["http/1.1"] })).toBe(200);
    expect(await https(data, { ALPNProtocols: ["spdy/1"] })).toMatch(/ALERT|ECONNRESET|EPROTO/);
    expect(await https(data, { maxVersion: "TLSv1.1", minVersion: "TLSv1" })).not.toBe(200);
    await until(
      () => data.events.some((event) => event["event"] === "tls_handshake_failed"),
      "a word about failed handshakes",
    );
  });

  it("takes nothing in the clear, and lets no handshake hang", async () => {
    const data = await startData({
      tls: serverFiles(),
      timeouts: { ...DEFAULT_TIMEOUTS, tlsHandshakeMs: 150, firstBytesMs: 150 },
    });
    expect(await talk(data.port, "GET /health HTTP/1.1\r\nHost: x\r\n\r\n")).not.toMatch(/HTTP/);
    expect(await received(await open(data.port))).toBe("");
    const silent = connect({ host: "127.0.0.1", port: data.port, ca: pki.read("ca.pem") });
    silent.on("error", () => {});
    await new Promise((resolve) => silent.once("close", resolve));
    expect(await https(data)).toBe(200);
    await until(() => data.server.openConnections() === 0, "no connection left");
  });

  it("asks for client certificates when client_ca is set", async () => {
    const data = await startData({ tls: { ...serverFiles(), clientCaFile: pki.file("ca.pem") } });
    const pair = (name: string) => ({ cert: pki.read(`${name}.pem`), key: pki.read(`${name}.key`) });
    expect(await https(data, pair("client"))).toBe(200);
    expect(await https(data, pair("stranger"))).not.toBe(200);
    expect(await https(data)).not.toBe(200);
    const creds = credentials.createSsl(pki.read("ca.pem"), pki.read("client.key"), pki.read("client.pem"));
    expect((await ask(grpcClient(`localhost:${data.port}`, creds), SERVING)).code).toBe(status.OK);
    const without = grpcClient(`localhost:${data.port}`, credentials.createSsl(pki.read("ca.pem")));
    expect((await ask(without, SERVING, undefined, {}, 1_000)).code).not.toBe(status.OK);
  });

  it("takes a new pair on reload and keeps the old one when the new is broken", async () => {
    const files = serverFiles();
    const data = await startData({ tls: files });
    expect(await servedName(data)).toBe("first");
    const client = grpcClient(`localhost:${data.port}`, credentials.createSsl(pki.read("ca.pem")));
    expect((await ask(client, SERVING)).code).toBe(status.OK);

    files.use("second", "first");
    data.server.reloadTls();
    expect(await servedName(data)).toBe("first");
    const failed = data.events.find((event) => event["event"] === "tls_reload_failed");
    expect(failed).toMatchObject({
      level: "error",
      error: expect.stringMatching(/sidecar\.tls\.key: .*key\.pem is not the private key of/),
    });

    files.use("second");
    data.server.reloadTls();
    expect(await servedName(data)).toBe("second");
    expect((await ask(client, SERVING)).code).toBe(status.OK);
    expect(data.connections.opened).toBe(4);
  });

  it("names the key and the file of what cannot be used", () => {
    const files = serverFiles();
    const load = (over: object) => () => loadTlsMaterial({ ...files, ...over });
    expect(load({ certFile: "/nope/cert.pem" })).toThrow("sidecar.tls.cert: /nope/cert.pem cannot be read (ENOENT)");
    expect(load({ certFile: pki.file("first.key") })).toThrow(
      /sidecar\.tls\.cert: .*first\.key holds no PEM certificate/,
    );
    expect(load({ clientCaFile: pki.file("ext") })).toThrow(/sidecar\.tls\.client_ca: .*ext holds no PEM certificate/);
    expect(load({ keyFile: pki.file("first.pem") })).toThrow(/sidecar\.tls\.key/);
    expect(load({})().fingerprint).toBe(load({})().fingerprint);
  });
});
