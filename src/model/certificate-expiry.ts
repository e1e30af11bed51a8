/** When certificates in use end. */
import { X509Certificate } from "node:crypto";

/** What a certificate is for: a closed set, for it is a label. */
export type CertificateRole = "listener" | "client_ca" | "store" | "store_ca" | "sentinel" | "sentinel_ca";

export interface CertificateExpiry {
  readonly role: CertificateRole;
  /** From then on it is not good any more: seconds since the Unix epoch. */
  readonly epochSeconds: number;
}

const BLOCK = /-----BEGIN (X509 )?CERTIFICATE-----[^-]*-----END \1CERTIFICATE-----/g;

/** Those of a file, in its order. @throws Error for one that cannot be read */
export function certificatesIn(pem: Buffer): X509Certificate[] {
  return (pem.toString("latin1").match(BLOCK) ?? []).map((block) => new X509Certificate(block));
}

/** A chain is good until the first of its certificates ends. @returns seconds since the Unix epoch; undefined = none can be read */
export function chainEnd(pem: Buffer): number | undefined {
  return end(pem, Math.min);
}

/** Of authorities, an old one beside its successor, some is good until the last of them ends. @returns as {@link chainEnd} */
export function authoritiesEnd(pem: Buffer): number | undefined {
  return end(pem, Math.max);
}

/** One line for each role whose end is known. */
export function expiriesOf(ends: Readonly<Partial<Record<CertificateRole, number | undefined>>>): CertificateExpiry[] {
  const known: CertificateExpiry[] = [];
  for (const [role, epochSeconds] of Object.entries(ends)) {
    if (epochSeconds !== undefined) known.push({ role: role as CertificateRole, epochSeconds });
  }
  return known;
}

function end(pem: Buffer, choose: (...epochMs: number[]) => number): number | undefined {
  try {
    const ends = certificatesIn(pem).map(({ validTo }) => Date.parse(validTo));
    return ends.length === 0 ? undefined : choose(...ends) / 1000;
  } catch {
    // Whether the file can be used is said where it is used; here only its date is missing.
    return undefined;
  }
}
