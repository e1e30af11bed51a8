/** What the debug listener answers. Entity keys appear only where the caller has brought them itself. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { getHeapSnapshot } from "node:v8";
import { ServeError } from "../model/serve-error.ts";
import { decodeBody } from "../transport/http1/decode-body.ts";
import { BodyReadError, readBody } from "../transport/http1/read-body.ts";
import { JSON_TYPE, sendText } from "../transport/http1/send-text.ts";
import { BodyFaultError } from "../transport/http1/validate-body.ts";
import { cpuProfile } from "./cpu-profile.ts";
import { type ExplainParts, explainRequest } from "./explain-request.ts";
import type { SlowCallRing } from "./slow-call-ring.ts";
import { knowsToken } from "./token-check.ts";

export interface DebugHandlerOptions extends ExplainParts {
  readonly project: string;
  readonly slowCalls: SlowCallRing;
  /** undefined = whoever can connect is let in. */
  readonly tokenFile: string | undefined;
  readonly maxRequestBytes: number;
  readonly onUnexpectedError: (error: unknown) => void;
}

interface Route {
  readonly method: "GET" | "POST";
  readonly answer: (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void>;
}

const SECONDS = { least: 1, most: 30, usual: 10 };
/** Of what may have no end. */
const MOST_PLANS = 200;

export function createDebugHandler(options: DebugHandlerOptions): RequestListener {
  const routes = debugRoutes(options);
  return (request, response) => {
    response.on("error", () => {});
    response.setHeader("cache-control", "no-store");
    void answer(options, routes, request, response).catch((error: unknown) =>
      refuse(options, request, response, error),
    );
  };
}

function debugRoutes(options: DebugHandlerOptions): Readonly<Record<string, Route>> {
  const { planner, snapshot, slowCalls, project } = options;
  /** A profile or a heap snapshot is being made: each would be in the other. */
  let isBusy = false;
  const alone = async (work: () => Promise<void>): Promise<void> => {
    if (isBusy) throw new DebugRefusal(409, "a profile or a heap snapshot is being made; wait for it");
    isBusy = true;
    try {
      await work();
    } finally {
      isBusy = false;
    }
  };
  return {
    "/plans": {
      method: "GET",
      answer: async (_, response) => {
        const current = snapshot();
        const plans = current === undefined ? [] : planner.describePlans(current);
        sendJson(response, 200, { project, total: plans.length, plans: plans.slice(0, MOST_PLANS) });
      },
    },
    "/slow-calls": {
      method: "GET",
      answer: async (_, response) => sendJson(response, 200, { calls: slowCalls.list() }),
    },
    "/explain": {
      method: "POST",
      answer: async (request, response) => {
        const body = await readBody(request, options.maxRequestBytes);
        sendJson(response, 200, explainRequest(options, project, decodeBody(body)));
      },
    },
    "/profile": {
      method: "POST",
      answer: (_, response, query) => {
        const durationMs = secondsOf(query) * 1000;
        return alone(async () => {
          const left = new AbortController();
          response.on("close", () => left.abort());
          const profile = await cpuProfile(durationMs, left.signal);
          sendFile(response, "feast-sidecar.cpuprofile").end(profile);
        });
      },
    },
    "/heap-snapshot": {
      method: "POST",
      answer: (_, response) =>
        alone(() => pipeline(getHeapSnapshot(), sendFile(response, "feast-sidecar.heapsnapshot"))),
    },
  };
}

class DebugRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function answer(
  { tokenFile }: DebugHandlerOptions,
  routes: Readonly<Record<string, Route>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (tokenFile !== undefined && !knowsToken(tokenFile, request.headers.authorization)) {
    response.setHeader("www-authenticate", "Bearer");
    throw new DebugRefusal(401, "expected `authorization: Bearer TOKEN`, the token of sidecar.debug_token_file");
  }
  const [path = "", query] = (request.url ?? "").split("?", 2);
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) throw new DebugRefusal(404, `not here; there are ${Object.keys(routes).join(", ")}`);
  if (route.method !== request.method) {
    response.setHeader("allow", route.method);
    throw new DebugRefusal(405, `only ${route.method}`);
  }
  await route.answer(request, response, new URLSearchParams(query));
}

function refuse(
  { onUnexpectedError }: DebugHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  // What is left of a body would be taken for the next request.
  if (!request.complete) response.shouldKeepAlive = false;
  if (error instanceof DebugRefusal) sendJson(response, error.status, { error: error.message });
  else if (error instanceof ServeError) sendJson(response, 400, { error: error.message, code: error.code });
  else if (error instanceof BodyReadError) sendText(response, error.status, JSON_TYPE, error.body);
  else if (error instanceof BodyFaultError) sendText(response, 422, JSON_TYPE, error.body);
  else if (!response.destroyed) {
    onUnexpectedError(error);
    sendJson(response, 500, { error: "internal error, see the log" });
  }
}

function secondsOf(query: URLSearchParams): number {
  const text = query.get("seconds");
  const seconds = text === null ? SECONDS.usual : Number(text || Number.NaN);
  if (seconds >= SECONDS.least && seconds <= SECONDS.most) return seconds;
  throw new DebugRefusal(400, `seconds: expected a number from ${SECONDS.least} to ${SECONDS.most}`);
}

function sendFile(response: ServerResponse, name: string): ServerResponse {
  return response.writeHead(200, {
    "content-type": JSON_TYPE,
    "content-disposition": `attachment; filename="${name}"`,
  });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  sendText(response, status, JSON_TYPE, `${JSON.stringify(body)}\n`);
}
