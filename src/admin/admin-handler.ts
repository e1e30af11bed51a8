/** HTTP side of the admin port: probes, metrics, the status page. Never features, entity keys or configuration values. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { MetricsText } from "../telemetry/metrics.ts";
import { JSON_TYPE, PLAIN_TEXT, sendText } from "../transport/http1/send-text.ts";
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

export function createAdminHandler(options: AdminHandlerOptions): RequestListener {
  return (request, response) => {
    response.on("error", () => {});
    answer(options, request, response).catch((error: unknown) => {
      options.onUnexpectedError(error);
      sendText(response, 500, PLAIN_TEXT, "internal error, see the log\n");
    });
  };
}

async function answer(options: AdminHandlerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  if (!isAllowedHost(request.headers.host, options.hosts)) {
    sendText(
      response,
      421,
      PLAIN_TEXT,
      "the Host header must be an IP address, localhost or a name in sidecar.admin_hosts\n",
    );
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("allow", "GET, HEAD");
    sendText(response, 405, PLAIN_TEXT, "only GET and HEAD\n");
    return;
  }
  const path = (request.url ?? "").replace(/\?.*$/s, "");
  const probe = PROBES[path];
  if (probe !== undefined) {
    const report = options.health.report(probe);
    if (report.ok) sendText(response, 200, PLAIN_TEXT, "ok\n");
    else sendText(response, 503, JSON_TYPE, `${JSON.stringify({ probe, parts: report.parts })}\n`);
  } else if (path === "/") {
    const { html, policy } = statusPage();
    response.setHeader("content-security-policy", policy);
    sendText(response, 200, "text/html; charset=utf-8", html);
  } else if (path === "/events") {
    sendEvents(options.streams, request, response);
  } else if (path === "/metrics" && options.renderMetrics !== undefined) {
    const metrics = await options.renderMetrics(request.headers.accept);
    sendText(response, 200, metrics.contentType, metrics.body);
  } else if (path === "/metrics") {
    sendText(response, 404, PLAIN_TEXT, "metrics are off: sidecar.metrics is false\n");
  } else {
    sendText(response, 404, PLAIN_TEXT, "not here; there are /, /events, /livez, /readyz, /startupz and /metrics\n");
  }
}

function sendEvents(streams: EventStreams, { method }: IncomingMessage, response: ServerResponse): void {
  // Node leaves out the body of an answer to HEAD, which for a stream would never end.
  if (method === "HEAD") sendText(response, 200, "text/event-stream; charset=utf-8", "");
  else if (!streams.begin(response)) {
    response.setHeader("retry-after", "5");
    sendText(
      response,
      503,
      PLAIN_TEXT,
      "as many event streams as there may be are open, or the sidecar is stopping; try again\n",
    );
  }
}
