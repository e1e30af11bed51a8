/** Certificate, key and client CA from files, and their replacement while serving (`sidecar.tls`). */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";

/** Paths of PEM files. With `clientCaFile` only clients whose certificate it signed may connect. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string;
}

/** Files read and found to fit together. */
export interface TlsMaterial {
  readonly context: SecureContextOptions;
  /** Changes when any file's content does. */
  readonly fingerprint: string;
}

/**
 * @throws Error a sentence that names the key under `sidecar.tls` and the file; never its content
 */
export function loadTlsMaterial(files: TlsFiles): TlsMaterial {
  const cert = readPem("cert", files.certFile);
  const key = readPem("key", files.keyFile);
  const clientCa = files.clientCaFile === undefined ? undefined : readPem("client_ca", files.clientCaFile);
  checkCertificate("cert", files.certFile, cert);
  if (clientCa !== undefined && files.clientCaFile !== undefined) {
    // OpenSSL takes a CA file without certificates as an empty list; that would refuse every client.
    checkCertificate("client_ca", files.clientCaFile, clientCa);
  }
  const context: SecureContextOptions = { cert, key, minVersion: "TLSv1.2", ...(clientCa && { ca: clientCa }) };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new Error(
      `sidecar.tls.key: ${files.keyFile} is not the private key of ${files.certFile} (${(error as Error).message})`,
      { cause: error },
    );
  }
  const hash = createHash("sha256");
  for (const part of [cert, key, clientCa ?? Buffer.alloc(0)]) hash.update(`${part.length}:`).update(part);
  return { context, fingerprint: hash.digest("hex") };
}

function readPem(key: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`sidecar.tls.${key}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`, {
      cause: error,
    });
  }
}

function checkCertificate(key: string, path: string, pem: Buffer): void {
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new Error(`sidecar.tls.${key}: ${path} holds no PEM certificate (${(error as Error).message})`, {
      cause: error,
    });
  }
}

export interface TlsReloader {
  /** Read the files again now (SIGHUP). A pair that does not fit is reported and the one in use stays. */
  reload(): void;
  stop(): void;
}

export interface TlsReloaderOptions {
  readonly files: TlsFiles;
  readonly inUse: TlsMaterial;
  /** How often the files are compared; polling, because Kubernetes swaps a symlink above them. */
  readonly everyMs: number;
  readonly onNew: (material: TlsMaterial) => void;
  readonly onBroken: (error: Error) => void;
}

/** Watches the files; each broken state is reported once until it changes. */
export function startTlsReloader(options: TlsReloaderOptions): TlsReloader {
  let fingerprint = options.inUse.fingerprint;
  let lastBroken = "";
  const check = (forced: boolean): void => {
    let material: TlsMaterial;
    try {
      material = loadTlsMaterial(options.files);
    } catch (error) {
      const message = (error as Error).message;
      if (forced || message !== lastBroken) options.onBroken(error as Error);
      lastBroken = message;
      return;
    }
    lastBroken = "";
    if (material.fingerprint === fingerprint) return;
    fingerprint = material.fingerprint;
    options.onNew(material);
  };
  const timer = setInterval(() => check(false), options.everyMs);
  timer.unref();
  return { reload: () => check(true), stop: () => clearInterval(timer) };
}
