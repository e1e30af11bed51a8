/** Certificate, key and client CA from files; `reloader.ts` replaces them while serving. */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { authoritiesEnd, type CertificateExpiry, chainEnd, expiriesOf } from "../model/certificate-expiry.ts";

/** Paths of PEM files. With `clientCaFile` only clients whose certificate it signed may connect. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string;
}

/** What a person calls the option of a file. */
export type TlsOptionName = (part: "cert" | "key" | "client_ca") => string;

const underSidecarTls: TlsOptionName = (part) => `sidecar.tls.${part}`;

/** Files read and found to fit together. */
export interface TlsMaterial {
  readonly context: SecureContextOptions;
  /** Changes when any file's content does. */
  readonly fingerprint: string;
  readonly expiries: readonly CertificateExpiry[];
}

/**
 * @throws Error a sentence that begins with the option's name and has the file; never its content
 */
export function loadTlsMaterial(files: TlsFiles, nameOf: TlsOptionName = underSidecarTls): TlsMaterial {
  const cert = readPem(nameOf("cert"), files.certFile);
  const key = readPem(nameOf("key"), files.keyFile);
  const clientCa = files.clientCaFile === undefined ? undefined : readPem(nameOf("client_ca"), files.clientCaFile);
  checkCertificate(nameOf("cert"), files.certFile, cert);
  if (clientCa !== undefined && files.clientCaFile !== undefined) {
    // OpenSSL takes a CA file without certificates as an empty list; that would refuse every client.
    checkCertificate(nameOf("client_ca"), files.clientCaFile, clientCa);
  }
  const context: SecureContextOptions = { cert, key, minVersion: "TLSv1.2", ...(clientCa && { ca: clientCa }) };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new Error(
      `${nameOf("key")}: ${files.keyFile} is not the private key of ${files.certFile} (${(error as Error).message})`,
      { cause: error },
    );
  }
  const hash = createHash("sha256");
  for (const part of [cert, key, clientCa ?? Buffer.alloc(0)]) hash.update(`${part.length}:`).update(part);
  const expiries = expiriesOf({ listener: chainEnd(cert), client_ca: clientCa && authoritiesEnd(clientCa) });
  return { context, fingerprint: hash.digest("hex"), expiries };
}

function readPem(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`${option}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`, {
      cause: error,
    });
  }
}

function checkCertificate(option: string, path: string, pem: Buffer): void {
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new Error(`${option}: ${path} holds no PEM certificate (${(error as Error).message})`, {
      cause: error,
    });
  }
}
