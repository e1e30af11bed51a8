/** The certificate that a node shows, looked at without relying on it: what a connection would refuse is told. */
import { X509Certificate } from "node:crypto";
import { checkServerIdentity, connect } from "node:tls";
import type { RedisAddress, RedisTlsSettings } from "../../../model/redis-settings.ts";
import { TlsFiles } from "../control/tls-files.ts";

export interface PeerCertificate {
  readonly certificate: X509Certificate;
  /** "" = it is signed by an authority that is trusted, and is valid. */
  readonly problem: string;
  /** "" = it is made out to `server_name`. */
  readonly nameProblem: string;
}

/** @throws Error when there is no TLS connection: refused, silent, or files that cannot be used */
export async function peerCertificate(
  { host, port }: RedisAddress,
  tls: RedisTlsSettings,
  timeoutMs: number,
): Promise<PeerCertificate> {
  const files = new TlsFiles(
    tls,
    () => performance.now(),
    () => {},
  );
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...files.connectOptions(),
      host,
      port,
      timeout: timeoutMs,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    socket.on("timeout", () => socket.destroy(new Error(`no TLS handshake in ${timeoutMs} ms`)));
    socket.on("error", reject);
    socket.on("secureConnect", () => {
      const { raw, ...peer } = socket.getPeerCertificate();
      const { authorizationError } = socket;
      socket.destroy();
      if (raw === undefined) {
        reject(new Error("it shows no certificate"));
        return;
      }
      resolve({
        certificate: new X509Certificate(raw),
        problem: authorizationError === null ? "" : String(authorizationError),
        nameProblem: checkServerIdentity(tls.serverName, { raw, ...peer })?.message ?? "",
      });
    });
  });
}
