/**
 * The webhook as a server: HTTPS, certificates and template that are read again when they change, and an end without a failed call.
 * In: files and an address. Out: the bound address. Fails before anything listens, with a sentence.
 */
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { formatAddress, type ListenAddress } from "../model/listen-address.ts";
import type { Log } from "../telemetry/log.ts";
import { bindListener } from "../transport/listener.ts";
import { DEFAULT_TIMEOUTS } from "../transport/options.ts";
import { type Reloader, startReloader } from "../transport/reloader.ts";
import { loadTlsMaterial, type TlsFiles } from "../transport/tls-context.ts";
import { createInjectorHandler } from "./injector-handler.ts";
import { loadTemplate } from "./template.ts";

export interface InjectorOptions {
  readonly listen: ListenAddress;
  readonly tls: TlsFiles;
  readonly templateFile: string;
  /** On shutdown: how long requests are still taken, so that every API server learns that this replica goes. */
  readonly drainWaitMs: number;
  /** How often the files are compared; default 10 s. */
  readonly reloadEveryMs?: number;
  /** For the status annotation. */
  readonly version: string;
  readonly log: Log;
}

export interface Injector {
  /** As bound, in the form of `--listen`. */
  readonly address: string;
  /** SIGHUP: reads certificate, key and template again. */
  reload(): void;
  /** Not healthy, wait, stop accepting, let requests finish, close. */
  stop(): Promise<void>;
}

const RELOAD_EVERY_MS = 10_000;
/** The API server asks for an answer in at most 30 s and keeps idle connections for 90 s: it shall be the one who closes them. */
const REQUEST_MS = 30_000;
const KEEP_ALIVE_MS = 120_000;
/** Far above what API servers open; each is a few kilobytes. */
const MAX_CONNECTIONS = 1000;
/** A review is answered within milliseconds; what takes longer is a client that does not finish its request. */
const DRAIN_TIMEOUT_MS = 5_000;

/** @throws ListenError for the address, TemplateError for the template, Error with a sentence for the TLS files */
export async function startInjector(options: InjectorOptions): Promise<Injector> {
  const { log } = options;
  const loadTls = () => loadTlsMaterial(options.tls, (part) => `--tls-${part}`);
  const tls = loadTls();
  let template = loadTemplate(options.templateFile);
  let stopping = false;
  const handler = createInjectorHandler({
    template: () => template,
    isHealthy: () => !stopping,
    version: options.version,
    log,
  });
  const server = createServer(
    {
      ...tls.context,
      handshakeTimeout: DEFAULT_TIMEOUTS.tlsHandshakeMs,
      headersTimeout: DEFAULT_TIMEOUTS.headersMs,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
    },
    (request, response) => {
      // The caller's next request finds another replica.
      if (stopping) response.setHeader("connection", "close");
      handler(request, response);
    },
  );
  const open = trackConnections(server, log);
  const address = formatAddress(await bindListener(server, options.listen));
  server.on("error", (error) => log.fault("accept_failed", { error }));

  const everyMs = options.reloadEveryMs ?? RELOAD_EVERY_MS;
  const reloaders: readonly Reloader[] = [
    startReloader({
      load: loadTls,
      inUse: tls,
      everyMs,
      onNew: (material) => {
        // New handshakes use it; connections that stand keep what they have.
        server.setSecureContext(material.context);
        log.info("tls_reloaded");
      },
      onBroken: (error) => log.error("tls_reload_failed", { error, kept: "the certificate in use" }),
    }),
    startReloader({
      load: () => loadTemplate(options.templateFile),
      inUse: template,
      everyMs,
      onNew: (loaded) => {
        template = loaded;
        log.info("template_reloaded");
      },
      onBroken: (error) => log.error("template_reload_failed", { error, kept: "the template in use" }),
    }),
  ];
  return {
    address,
    reload: () => {
      for (const reloader of reloaders) reloader.reload();
    },
    stop: async () => {
      stopping = true;
      for (const reloader of reloaders) reloader.stop();
      log.info("draining", { waitMs: options.drainWaitMs, timeoutMs: DRAIN_TIMEOUT_MS });
      await new Promise((resolve) => setTimeout(resolve, options.drainWaitMs));
      log.info("stopped", { cut: await closeServer(server, open) });
    },
  };
}

/** Also those whose TLS handshake never ends, which an `https.Server` does not count. */
function trackConnections(server: Server, log: Log): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.maxConnections = MAX_CONNECTIONS;
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.on("drop", () => log.fault("connection_limit_reached", { max_connections: MAX_CONNECTIONS }));
  server.on("tlsClientError", (error, socket) => {
    log.debug("tls_handshake_failed", { error });
    socket.destroy();
  });
  return open;
}

/** Idle connections close at once, busy ones after their answer. @returns how many had to be cut */
async function closeServer(server: Server, open: ReadonlySet<Socket>): Promise<number> {
  let cut = 0;
  const timer = setTimeout(() => {
    cut = open.size;
    for (const socket of open) socket.destroy();
  }, DRAIN_TIMEOUT_MS);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(timer);
  return cut;
}
