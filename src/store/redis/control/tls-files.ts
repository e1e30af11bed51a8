/** The certificates of connections to Redis, from files that are renewed while we run. */
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity, createSecureContext, type SecureContext } from "node:tls";
import { authoritiesEnd, chainEnd } from "../../../model/certificate-expiry.ts";
import type { RedisTlsSettings } from "../../../model/redis-settings.ts";

/** Files are looked at no more often when connections are made. */
const LOOK_EVERY_MS = 1000;
/** They are looked at as often when none is made. */
const POLL_EVERY_MS = 5000;
/** The largest bundles of roots in use have 250 kB. */
const LARGEST_FILE_BYTES = 2 * 1024 * 1024;

/** Until when certificates are good: seconds since the Unix epoch; undefined = there is none. */
export interface TlsEnds {
  readonly cert: number | undefined;
  readonly ca: number | undefined;
}

interface UsedFiles {
  readonly options: ConnectionOptions;
  readonly ends: TlsEnds;
}

export class TlsFiles {
  readonly #settings: RedisTlsSettings;
  readonly #now: () => number;
  readonly #onFailed: (reason: string) => void;
  readonly #listeners = new Set<() => void>();
  #used: UsedFiles | undefined;
  /** Of the files that are used. */
  #signature = "";
  #lookedMs = Number.NEGATIVE_INFINITY;
  #problem = "";
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param onFailed changed files could not be used, once for each reason; those read before stay in use */
  constructor(settings: RedisTlsSettings, now: () => number, onFailed: (reason: string) => void) {
    this.#settings = settings;
    this.#now = now;
    this.#onFailed = onFailed;
  }

  /** Looks for changes every 5 s from now on. */
  start(): void {
    this.#timer ??= setInterval(() => this.refresh(), POLL_EVERY_MS);
  }

  /**
   * For `tls.connect`, beside host and port.
   * @throws Error when the files cannot be used and never could
   */
  connectOptions(): ConnectionOptions {
    if (this.#used === undefined || this.#now() - this.#lookedMs >= LOOK_EVERY_MS) this.refresh();
    if (this.#used === undefined) throw new Error(this.#problem);
    return this.#used.options;
  }

  /** Of the files in use; undefined = none were read yet. */
  get ends(): TlsEnds | undefined {
    return this.#used?.ends;
  }

  /** Looks for changes now; never throws. */
  refresh(): void {
    this.#lookedMs = this.#now();
    try {
      // Before the files are read: what changes meanwhile shows in the next look.
      const signature = this.#signatureNow();
      if (this.#used === undefined || signature !== this.#signature) this.#use(readFiles(this.#settings), signature);
      this.#problem = "";
    } catch (error) {
      // A certificate without its new key yet, a file half written: the old ones are good until they expire.
      const problem = `TLS files: ${error instanceof Error ? error.message : String(error)}`;
      if (this.#used !== undefined && problem !== this.#problem) this.#onFailed(problem);
      this.#problem = problem;
    }
  }

  /** @param listener told after other files have come into use, for connections that were made with the old ones @returns ends that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Ends the looking for changes. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #use(files: UsedFiles, signature: string): void {
    const isFirst = this.#used === undefined;
    this.#used = files;
    this.#signature = signature;
    if (isFirst) return;
    // Not from within a connection's attempt.
    setImmediate(() => {
      if (!this.#isClosed) for (const listener of [...this.#listeners]) listener();
    });
  }

  #signatureNow(): string {
    const { ca, cert, key } = this.#settings;
    return [ca, cert, key]
      .filter((path) => path !== undefined)
      .map((path) => {
        const stat = statSync(path, { bigint: true });
        if (!stat.isFile() || stat.size > LARGEST_FILE_BYTES) throw new Error(`${path} is no PEM file`);
        return `${stat.mtimeNs} ${stat.size} ${stat.ino}`;
      })
      .join(", ");
  }
}

function readFiles(tls: RedisTlsSettings): UsedFiles {
  const ca = tls.ca === undefined ? undefined : readAuthorities(tls.ca);
  const cert = tls.cert === undefined ? undefined : readFileSync(tls.cert);
  const key = tls.key === undefined ? undefined : readFileSync(tls.key);
  const secureContext = createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
  return {
    options: optionsOf(tls, secureContext),
    ends: { cert: cert && chainEnd(cert), ca: ca && authoritiesEnd(ca) },
  };
}

/** Meanings: redis/connection.py:_wrap_socket_with_ssl. */
function optionsOf(tls: RedisTlsSettings, secureContext: SecureContext): ConnectionOptions {
  const { serverName } = tls;
  return {
    rejectUnauthorized: tls.rejectUnauthorized,
    secureContext,
    // SNI carries names only.
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    // Against the one name, whatever the address is that was discovered.
    checkServerIdentity: (_, certificate) =>
      tls.checkHostname ? checkServerIdentity(serverName, certificate) : undefined,
  };
}

/** Node takes a file that holds no certificate, or half of one, for an empty list, with which nothing would be trusted. */
function readAuthorities(path: string): Buffer {
  const pem = readFileSync(path);
  const text = pem.toString("latin1");
  const blocks = text.match(/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END \1CERTIFICATE-----/g) ?? [];
  const begins = text.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g)?.length ?? 0;
  if (begins === 0 || begins !== blocks.length) throw new Error(`${path} holds no whole certificate`);
  // The trusted form is OpenSSL's own, with more in it than X509Certificate reads.
  for (const block of blocks) if (!block.startsWith("-----BEGIN TRUSTED")) new X509Certificate(block);
  return pem;
}
