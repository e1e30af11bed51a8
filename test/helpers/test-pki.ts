/** Certificates for one test file: a CA, a server certificate for loopback, a client certificate, and one of a CA nobody trusts. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Pairs NAME.pem, NAME.key; `stranger` is signed by another CA than the rest. */
export type PkiName = "ca" | "server" | "client" | "stranger";

export interface TestPki {
  file(name: PkiName, kind: "pem" | "key"): string;
  read(name: PkiName, kind: "pem" | "key"): Buffer;
  remove(): void;
}

/** Needs `openssl` on PATH. */
export function createTestPki(): TestPki {
  const dir = mkdtempSync(join(tmpdir(), "feast-sidecar-pki-"));
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  writeFileSync(join(dir, "ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  for (const ca of ["ca", "other"]) {
    openssl("req", "-x509", ...newKey, "-keyout", `${ca}.key`, "-out", `${ca}.pem`, "-days", "2", "-subj", `/CN=${ca}`);
  }
  const issue = (name: PkiName, ca: string): void => {
    openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signer = ["-CA", `${ca}.pem`, "-CAkey", `${ca}.key`, "-CAcreateserial"];
    openssl("x509", "-req", "-in", `${name}.csr`, ...signer, "-out", `${name}.pem`, "-days", "2", "-extfile", "ext");
  };
  issue("server", "ca");
  issue("client", "ca");
  issue("stranger", "other");
  const file: TestPki["file"] = (name, kind) => join(dir, `${name}.${kind}`);
  return {
    file,
    read: (name, kind) => readFileSync(file(name, kind)),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
