/** What all connections of a store log in with: credentials and certificates, toward the nodes and toward sentinels. */
import { type CertificateExpiry, expiriesOf } from "../../model/certificate-expiry.ts";
import type { RedisSettings, RedisTlsSettings } from "../../model/redis-settings.ts";
import type { StoreDeps } from "../store-deps.ts";
import { Credentials } from "./control/credentials.ts";
import { runCommand } from "./control/run-command.ts";
import { TlsFiles } from "./control/tls-files.ts";

export interface LoginParts {
  readonly credentials: Credentials;
  /** undefined = cleartext. */
  readonly tls: TlsFiles | undefined;
}

export class RedisLogin {
  readonly forNodes: LoginParts;
  readonly forSentinels: LoginParts;

  /** @param onFailed new credentials or certificates could not be had; the old ones stay in use */
  constructor(settings: RedisSettings, deps: StoreDeps, onFailed: (reason: string) => void) {
    const { username, password, credentialCommand: command, tls, sentinel } = settings;
    const credentialDeps = { ...deps, wallNow: Date.now, run: runCommand, onFailed };
    const filesOf = (files: RedisTlsSettings | undefined): TlsFiles | undefined =>
      files && new TlsFiles(files, deps.now, onFailed);
    this.forNodes = {
      credentials: new Credentials({ username, password, command }, credentialDeps),
      tls: filesOf(tls),
    };
    this.forSentinels = {
      credentials: new Credentials({ ...sentinel, command: [] }, credentialDeps),
      tls: filesOf(sentinel.tls),
    };
  }

  /** Runs the credential command, begins to look for changed files. */
  start(): void {
    for (const { credentials, tls } of [this.forNodes, this.forSentinels]) {
      credentials.start();
      tls?.start();
    }
  }

  /** Gets credentials and reads files anew. */
  refresh(): void {
    for (const { credentials, tls } of [this.forNodes, this.forSentinels]) {
      credentials.refresh();
      tls?.refresh();
    }
  }

  /** Of the files in use; those that were not read yet have none. */
  certificates(): readonly CertificateExpiry[] {
    const nodes = this.forNodes.tls?.ends;
    const sentinels = this.forSentinels.tls?.ends;
    return expiriesOf({
      store: nodes?.cert,
      store_ca: nodes?.ca,
      sentinel: sentinels?.cert,
      sentinel_ca: sentinels?.ca,
    });
  }

  close(): void {
    for (const { credentials, tls } of [this.forNodes, this.forSentinels]) {
      credentials.close();
      tls?.close();
    }
  }
}
