/** Certificates: what the data port shows, what it asks of clients, what Redis shows, what is shown to Redis. */
import type { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Settings } from "../config/settings.ts";
import { certificatesIn } from "../model/certificate-expiry.ts";
import type { RedisTlsSettings } from "../model/redis-settings.ts";
import type { InspectedNode } from "../store/redis/inspect/inspect-redis.ts";
import { loadTlsMaterial } from "../transport/tls-context.ts";
import { ageText } from "./check-registry.ts";
import { type Finding, ok, trouble } from "./finding.ts";

/** To be renewed by then, or when this share of its life is left: some live for a day only. */
const RENEW_BEFORE_MS = 14 * 86_400_000;
const RENEW_SHARE = 0.2;
const RENEW = "renew it; changed files are noticed by themselves";

type Peer = Pick<InspectedNode, "node" | "certificate">;

/** The data port's files. @param epochMs now */
export function checkDataPort({ tls }: Settings, epochMs: number): Finding[] {
  if (tls === undefined) return [];
  try {
    loadTlsMaterial(tls);
  } catch (error) {
    return [trouble("tls", "fail", "sidecar.tls", (error as Error).message, "correct it: `serve` does not start so")];
  }
  let chain: readonly X509Certificate[];
  try {
    chain = readCertificates(tls.certFile);
  } catch (error) {
    return [trouble("tls", "skip", tls.certFile, (error as Error).message, "its dates are not looked at")];
  }
  const found = chain.map((certificate) => checkDates(tls.certFile, certificate, epochMs));
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer === undefined || certificate.checkIssued(issuer)) continue;
    const what = `${nameOf(certificate)} is not issued by ${nameOf(issuer)}, which follows it`;
    const advice = "order the chain: the port's own certificate first, then the one that issued it";
    found.push(trouble("tls", "fail", tls.certFile, what, advice));
  }
  if (tls.clientCaFile === undefined) return found;
  const { clientCaFile } = tls;
  return [...found, ...fileDates(clientCaFile, epochMs)];
}

/** Toward Redis: our own certificate, and each node's. @param epochMs now */
export function checkRedisTls(
  { onlineStore }: Settings,
  nodes: readonly Peer[],
  sentinels: readonly Peer[],
  epochMs: number,
): Finding[] {
  if (onlineStore.type !== "redis") return [];
  const { tls, sentinel } = onlineStore.redis;
  return [
    ...checkPeers("redis.tls", tls, nodes, epochMs),
    ...checkPeers("redis.sentinel.tls", sentinel.tls, sentinels, epochMs),
  ];
}

/** @param option where their TLS is configured */
function checkPeers(
  option: string,
  tls: RedisTlsSettings | undefined,
  peers: readonly Peer[],
  epochMs: number,
): Finding[] {
  if (tls === undefined) return [];
  const found: Finding[] = [];
  if (tls.cert !== undefined) found.push(...fileDates(tls.cert, epochMs));
  for (const { node, certificate } of peers) {
    if (certificate === undefined) continue;
    if (typeof certificate === "string") {
      found.push(trouble("tls", "fail", node, certificate, `does this port speak TLS? Is ${option}.ca readable?`));
      continue;
    }
    found.push(checkDates(node, certificate.certificate, epochMs));
    if (!tls.rejectUnauthorized) {
      const what = "its certificate is not verified (ssl_cert_reqs=none)";
      found.push(trouble("tls", "warn", node, what, `set ${option}.ca and take ssl_cert_reqs=none away`));
    } else if (certificate.problem !== "") {
      const advice = `set ${option}.ca to the authority that signs these certificates`;
      found.push(trouble("tls", "fail", node, `its certificate is refused: ${certificate.problem}`, advice));
    }
    if (tls.rejectUnauthorized && tls.checkHostname && certificate.nameProblem !== "") {
      const advice = `set ${option}.server_name to a name in the certificate`;
      found.push(trouble("tls", "fail", node, certificate.nameProblem, advice));
    }
  }
  return found;
}

function fileDates(path: string, epochMs: number): Finding[] {
  try {
    return readCertificates(path).map((certificate) => checkDates(path, certificate, epochMs));
  } catch (error) {
    return [trouble("tls", "fail", path, (error as Error).message, "mount the file, in PEM")];
  }
}

function checkDates(subject: string, certificate: X509Certificate, epochMs: number): Finding {
  const fromMs = Date.parse(certificate.validFrom);
  const toMs = Date.parse(certificate.validTo);
  const name = nameOf(certificate);
  if (epochMs < fromMs) {
    const advice = "is this machine's clock right?";
    return trouble("tls", "fail", subject, `${name} is not valid before ${certificate.validFrom}`, advice);
  }
  const leftMs = toMs - epochMs;
  if (leftMs <= 0) return trouble("tls", "fail", subject, `${name} expired ${ageText(-leftMs)} ago`, RENEW);
  const what = `${name} expires in ${ageText(leftMs)}`;
  const isSoon = leftMs < Math.min(RENEW_BEFORE_MS, (toMs - fromMs) * RENEW_SHARE);
  return isSoon ? trouble("tls", "warn", subject, what, RENEW) : ok("tls", subject, what);
}

/** @throws Error when there is no certificate in it */
function readCertificates(path: string): X509Certificate[] {
  const found = certificatesIn(readFileSync(path));
  if (found.length === 0) throw new Error(`${path} holds no certificate`);
  return found;
}

/** The last part of the subject, or of its alternative names where it has none. */
function nameOf({ subject, subjectAltName }: X509Certificate): string {
  return (subject || subjectAltName || "the certificate").split("\n").at(-1)!;
}
