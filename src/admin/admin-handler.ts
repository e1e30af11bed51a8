/** HTTP side of the admin port: probes, metrics, the status page. Never features, entity keys or configuration values. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { MetricsText } from "../telemetry/metrics.ts";
import { isAllowedHost } from "./allowed-host.ts";
import type { EventStreams } from "./event-streams.ts";
import type { HealthParts, ProbeName } from "./health-parts.ts";
import { statusPage } from "./page/status-page.ts";

export interface AdminHandlerOptions {
  readonly health: HealthParts;
  /** Undefined: `sidecar.metrics` is false. */
  readonly renderMetrics: ((accept?: string) => Promise<MetricsText>) | undefined;
  readonly streams: EventStreams;
  /** Names beside IP literals and localhost that may stand in `Host`. */
  readonly hosts: readonly string[];
  readonly onUnexpectedError: (error: unknown) => void;
}

const PROBES: Readonly<Record<string, ProbeName>> = {
  "/livez": "liveness",
  "/readyz": "readiness",
  "/startupz": "startup",
};

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";

export function createAdminHandler(options: AdminHandlerOptions): RequestListener {
  return (request, response) => {
    response.on("error", () => {});
    answer(options, request, response).catch((error: unknown) => {
      options.onUnexpectedError(error);
      send(response, 500, TEXT, "internal error, see the log\n");
    });
  };
}

async function answer(options: AdminHandlerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  if (!isAllowedHost(request.headers.host, options.hosts)) {
    send(response, 421, TEXT, "the Host header must be an IP address, localhost or a name in sidecar.admin_hosts\n");
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    send(response, 405, TEXT, "only GET and HEAD\n");
    return;
  }
  const path = (request.url ?? "").replace(/\?.*$/s, "");
  const probe = PROBES[path];
  if (probe !== undefined) {
    const report = options.health.report(probe);
    if (report.ok) send(response, 200, TEXT, "ok\n");
    else send(response, 503, JSON_TYPE, `${JSON.stringify({ probe, parts: report.parts })}\n`);
  } else if (path === "/") {
    const { html, policy } = statusPage();
    response.setHeader("content-security-policy", policy);
    send(response, 200, "text/html; charset=utf-8", html);
  } else if (path === "/events") {
    sendEvents(options.streams, request, response);
  } else if (path === "/metrics" && options.renderMetrics !== undefined) {
    const metrics = await options.renderMetrics(request.headers.accept);
    send(response, 200, metrics.contentType, metrics.body);
  } else if (path === "/metrics") {
    send(response, 404, TEXT, "metrics are off: sidecar.metrics is false\n");
  } else {
    send(response, 404, TEXT, "not here; there are /, /events, /livez, /readyz, /startupz and /metrics\n");
  }
}

function sendEvents(streams: EventStreams, { method }: IncomingMessage, response: ServerResponse): void {
  // Node leaves out the body of an answer to HEAD, which for a stream would never end.
  if (method === "HEAD") send(response, 200, "text/event-stream; charset=utf-8", "");
  else if (!streams.begin(response)) {
    response.setHeader("retry-after", "5");
    send(
      response,
      503,
      TEXT,
      "as many event streams as there may be are open, or the sidecar is stopping; try again\n",
    );
  }
}

/** Node leaves the body out of an answer to HEAD by itself. */
function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) }).end(body);
}
