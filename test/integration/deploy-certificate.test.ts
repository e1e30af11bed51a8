/** deploy/injection/webhook/self-made: the certificate is the Service's, and its renewal leaves no moment without trust. */
import { X509Certificate } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { check, DEPLOY, kustomize, only } from "./deploy-kit.ts";

const HOST = "feast-sidecar-injector.feast-sidecar-system.svc";
const DAY_MS = 86_400_000;

interface Made {
  readonly leaf: X509Certificate;
  readonly authorities: readonly X509Certificate[];
}

let folder = "";
beforeAll(() => {
  const copy = mkdtempSync(join(tmpdir(), "feast-sidecar-certificate-"));
  cpSync(join(DEPLOY, "injection"), copy, { recursive: true });
  folder = join(copy, "webhook/self-made");
  return () => rmSync(copy, { recursive: true });
});

function make(): Made {
  expect(check(join(folder, "make-certificate.sh"), [])).toMatchObject({ code: 0 });
  onTestFinished(() => {
    for (const name of ["ca.crt", "tls.crt", "tls.key"]) rmSync(join(folder, name));
  });
  return read();
}

function read(): Made {
  const pems = readFileSync(join(folder, "ca.crt"), "utf8").match(/-----BEGIN.+?-----END CERTIFICATE-----/gs) ?? [];
  return {
    leaf: new X509Certificate(readFileSync(join(folder, "tls.crt"))),
    authorities: pems.map((pem) => new X509Certificate(pem)),
  };
}

function trusts({ authorities }: Made, leaf: X509Certificate): boolean {
  return authorities.some((authority) => leaf.verify(authority.publicKey));
}

test("it is for the webhook's Service, for a year, and only its owner can read the key", () => {
  const { leaf, authorities } = make();
  expect(leaf.checkHost(HOST)).toBe(HOST);
  expect(leaf.checkHost("feast-sidecar-injector.other.svc")).toBeUndefined();
  expect(authorities).toHaveLength(1);
  expect(leaf.verify((authorities[0] as X509Certificate).publicKey)).toBe(true);
  expect((leaf.validToDate.getTime() - Date.now()) / DAY_MS).toBeGreaterThan(363);
  expect(statSync(join(folder, "tls.key")).mode & 0o077).toBe(0);
});

test("the API server gets the authority, the injector the pair", () => {
  make();
  const built = kustomize(folder);
  const [webhook] = only(built, "MutatingWebhookConfiguration").webhooks as [{ clientConfig: { caBundle: string } }];
  const decoded = Buffer.from(webhook.clientConfig.caBundle, "base64").toString();
  expect(decoded).toBe(readFileSync(join(folder, "ca.crt"), "utf8"));
  expect(Object.keys(only(built, "Secret").data ?? {}).sort()).toEqual(["ca.crt", "tls.crt", "tls.key"]);
});

test("after a renewal old and new are trusted; the one before is not", () => {
  const first = make();
  check(join(folder, "make-certificate.sh"), []);
  const second = read();
  check(join(folder, "make-certificate.sh"), []);
  const third = read();
  expect([trusts(second, first.leaf), trusts(second, second.leaf)]).toEqual([true, true]);
  expect([trusts(third, first.leaf), trusts(third, second.leaf), trusts(third, third.leaf)]).toEqual([
    false,
    true,
    true,
  ]);
});
