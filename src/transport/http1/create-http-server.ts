/** An `http.Server` that never listens: sockets are handed to it once they are known to speak HTTP/1.1. */
import { createServer, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { TransportTimeouts } from "../options.ts";

/** How often Node looks for requests that take too long, at most. */
const MAX_CHECK_INTERVAL_MS = 5_000;

export interface HttpServer {
  readonly server: Server;
  /** From now on each answer, those in flight included, is the last of its connection; idle connections close. */
  goAway(): void;
}

export function createHttpServer(
  handler: RequestListener,
  timeouts: Pick<TransportTimeouts, "headersMs" | "requestMs" | "keepAliveMs" | "stalledMs">,
): HttpServer {
  const inFlight = new Set<ServerResponse>();
  let leaving = false;
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: Math.max(timeouts.requestMs, timeouts.headersMs),
      keepAliveTimeout: timeouts.keepAliveMs,
      connectionsCheckingInterval: Math.min(timeouts.headersMs / 2, MAX_CHECK_INTERVAL_MS),
      noDelay: true,
    },
    (request, response) => {
      if (leaving) response.setHeader("connection", "close");
      inFlight.add(response);
      response.on("close", () => inFlight.delete(response));
      handler(request, response);
    },
  );
  server.setTimeout(timeouts.stalledMs);
  server.on("clientError", refuse);
  // Node tracks connections (their timeouts, closeIdleConnections) from the `listening` event on, which will not come here.
  server.emit("listening");
  return {
    server,
    goAway: () => {
      leaving = true;
      for (const response of inFlight) if (!response.headersSent) response.setHeader("connection", "close");
      server.close();
    },
  };
}

/** What the client sent is not HTTP/1.1, too long or too slow. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = refusalStatus(error.code);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}

function refusalStatus(code: string | undefined): number {
  if (code === "HPE_HEADER_OVERFLOW") return 431;
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return 408;
  return 400;
}
