/** The debug listener: HTTP/1.1 in cleartext on a Unix socket or on loopback. Off by default; a handful of connections. */
import { createServer } from "node:http";
import type { ListenAddress } from "../model/listen-address.ts";
import type { Log } from "../telemetry/log.ts";
import { bindListener } from "../transport/listener.ts";
import { createDebugHandler, type DebugHandlerOptions } from "./debug-handler.ts";

export interface DebugServerOptions extends Omit<DebugHandlerOptions, "onUnexpectedError"> {
  readonly address: ListenAddress;
  readonly log: Log;
}

export interface DebugServer {
  readonly address: ListenAddress;
  /** Cuts everything. */
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 8;
const REQUEST_MS = 10_000;

/** @throws ListenError */
export async function openDebugServer(options: DebugServerOptions): Promise<DebugServer> {
  const { address, log } = options;
  const handler = createDebugHandler({
    ...options,
    onUnexpectedError: (error) => log.fault("unexpected_error", { port: "debug", error }),
  });
  const server = createServer({ headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS }, handler);
  server.maxConnections = MOST_CONNECTIONS;
  const bound = await bindListener(server, address);
  return {
    address: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
