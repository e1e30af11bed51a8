/** Until when certificates are good, as a metric of the live server: those in use, renewed ones, and none without TLS. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authoritiesEnd, chainEnd } from "../../src/model/certificate-expiry.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";

const DAY_SECONDS = 86_400;
const DAYS = [1, 3, 9, 30] as const;

const { repository, start } = useSidecars();
let dir: string;
const file = (name: string): string => join(dir, name);
const pem = (days: number): Buffer => readFileSync(file(`days-${days}.pem`));

/** Certificates of their own for localhost, each with its key, by the days that they live. */
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "feast-sidecar-expiry-"));
  for (const days of DAYS) {
    const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `days-${days}.key`];
    const certificate = ["-out", `days-${days}.pem`, "-days", String(days), "-subj", `/CN=days-${days}`];
    execFileSync("openssl", ["req", "-x509", ...newKey, ...certificate], { cwd: dir, stdio: "pipe" });
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The days that are left, rounded, by role. */
async function daysLeft(sidecar: TestSidecar): Promise<Record<string, number>> {
  const text = (await sidecar.admin("/metrics")).body;
  const lines = text.matchAll(/^feast_sidecar_tls_certificate_expiry_timestamp_seconds\{role="(\w+)"\} (\S+)$/gm);
  return Object.fromEntries([...lines].map(([, role = "", seconds]) => [role, daysUntil(Number(seconds))]));
}

function daysUntil(epochSeconds: number | undefined): number {
  return Math.round(((epochSeconds ?? Number.NaN) - Date.now() / 1000) / DAY_SECONDS);
}

async function until(sidecar: TestSidecar, wanted: Record<string, number>): Promise<void> {
  const endMs = performance.now() + 5000;
  let seen = await daysLeft(sidecar);
  while (JSON.stringify(seen) !== JSON.stringify(wanted) && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen = await daysLeft(sidecar);
  }
  expect(seen).toEqual(wanted);
}

describe("the end of a file", () => {
  it("is the first of a chain, and the last of authorities", () => {
    const several = Buffer.concat([pem(30), Buffer.from("# a word between\n"), pem(3), pem(9)]);
    expect(daysUntil(chainEnd(several))).toBe(3);
    expect(daysUntil(authoritiesEnd(several))).toBe(30);
  });

  it("is not known without a certificate that can be read", () => {
    const damaged = Buffer.from(
      pem(3)
        .toString("latin1")
        .replace(/\nMII.{8}/, "\nAAAAAAAAAAA"),
    );
    for (const text of [Buffer.alloc(0), readFileSync(file("days-3.key")), damaged]) {
      expect([chainEnd(text), authoritiesEnd(text)]).toEqual([undefined, undefined]);
    }
  });
});

describe("the metric", () => {
  it("says it of the data port's files, and of renewed ones; not of those that cannot be used", async () => {
    const [cert, key, ca] = ["port.pem", "port.key", "clients.pem"].map(file) as [string, string, string];
    copyFileSync(file("days-3.pem"), cert);
    copyFileSync(file("days-3.key"), key);
    writeFileSync(ca, Buffer.concat([pem(1), pem(9)]));
    const sidecar = await start({ sidecar: `{tls: {cert: ${cert}, key: ${key}, client_ca: ${ca}}}` });
    expect(await daysLeft(sidecar)).toEqual({ listener: 3, client_ca: 9 });
    copyFileSync(file("days-30.pem"), cert);
    sidecar.signal("SIGHUP");
    while (sidecar.events("tls_reload_failed").length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await daysLeft(sidecar)).toEqual({ listener: 3, client_ca: 9 });
    copyFileSync(file("days-30.key"), key);
    sidecar.signal("SIGHUP");
    await until(sidecar, { listener: 30, client_ca: 9 });
  });

  it("says it of what is shown to Redis, before Redis can be reached", async () => {
    const [cert, key] = ["client.pem", "client.key"].map(file) as [string, string];
    copyFileSync(file("days-9.pem"), cert);
    copyFileSync(file("days-9.key"), key);
    const repo = repository("redis", {
      redisPort: 1,
      sidecar: `{redis: {tls: {ca: ${file("days-1.pem")}, cert: ${cert}, key: ${key}}}}`,
    });
    const yaml = join(repo.dir, "feature_store.yaml");
    writeFileSync(yaml, readFileSync(yaml, "utf8").replace(/(connection_string: "?127\.0\.0\.1:1)/, "$1,ssl=true"));
    const sidecar = await start({ repo, waitReady: false });
    await until(sidecar, { store: 9, store_ca: 1 });
    copyFileSync(file("days-30.pem"), cert);
    copyFileSync(file("days-30.key"), key);
    sidecar.signal("SIGHUP");
    await until(sidecar, { store: 30, store_ca: 1 });
  });

  it("has no line without TLS", async () => {
    expect(await daysLeft(await start())).toEqual({});
  });
});
