/**
 * Feast's JSON API over HTTP/1.1 (feast/feature_server.py:get_app): request in, one answer out, for anything a client may send.
 * Never throws and never leaves a request without an answer.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { Hop } from "../../model/ledger.ts";
import type { AnswerTrailer } from "../../model/request.ts";
import type { Serve } from "../../model/serve.ts";
import { ServeError } from "../../model/serve-error.ts";
import type { Recorder, RequestOutcome } from "../../telemetry/recorder.ts";
import type { TurnClock } from "../../timing/turn-clock.ts";
import { answerTrailers } from "../answer-trailers.ts";
import { callMetadata, parseTimeoutMs, TransportCall } from "../call-context.ts";
import type { Clock } from "../clock.ts";
import { parseGrpcTimeout } from "../grpc-timeout.ts";
import { decodeBody } from "./decode-body.ts";
import { type ErrorStatus, toHttpAnswer } from "./error-body.ts";
import { BodyReadError, readBody } from "./read-body.ts";
import { findRoute } from "./routes.ts";
import { BodyFaultError } from "./validate-body.ts";

export interface FeatureHandlerOptions {
  readonly serve: Serve;
  /** false makes GET /health answer 503, as Feast's does when it cannot read its registry. */
  readonly isRegistryLoaded: () => boolean;
  readonly errorStatus: ErrorStatus;
  readonly maxRequestBytes: number;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly turn: TurnClock;
  /** An exception that is no ServeError. */
  readonly onUnexpectedError: (error: unknown) => void;
}

const INTERNAL_MESSAGE = "Internal error of feast-sidecar; its log has the details";

/** Handler for `http.Server`'s `request` event. */
export function createFeatureHandler(options: FeatureHandlerOptions): RequestListener {
  return (request, response) => {
    // A broken connection is seen through `close`; without a listener its error would be an uncaught exception.
    response.on("error", () => {});
    const route = findRoute(request.method ?? "", request.url ?? "");
    switch (route.kind) {
      case "features":
        void answerFeatures(options, request, response);
        return;
      case "health":
        response.writeHead(options.isRegistryLoaded() ? 200 : 503, { "content-length": 0 }).end();
        return;
      case "elsewhere":
        sendJson(response, 501, JSON.stringify(route.message));
        return;
      case "not_found":
        sendJson(response, 404, '{"detail":"Not Found"}');
        return;
      case "method_not_allowed":
        response.setHeader("allow", route.allow);
        sendJson(response, 405, '{"detail":"Method Not Allowed"}');
    }
  };
}

async function answerFeatures(
  options: FeatureHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { recorder, clock, turn, serve } = options;
  let outcome: RequestOutcome = "OK";
  let call: TransportCall | undefined;
  const readMs = clock.nowMs();
  turn.enter(readMs);
  const arrivedMs = turn.startMs(readMs);
  let startMs = arrivedMs;
  try {
    const metadata = callMetadata((name) => headerText(request.headers[name]));
    const timeoutMs = parseTimeout(metadata.timeout, headerText(request.headers["grpc-timeout"]));
    const body = await readBody(request, options.maxRequestBytes);
    startMs = clock.nowMs();
    call = new TransportCall(arrivedMs, timeoutMs);
    call.ledger.end(Hop.LOOP, startMs);
    call.take(metadata, recorder.isTracing);
    response.on("close", () => {
      if (call !== undefined && !response.writableFinished) call.cancelled = true;
    });
    const refusal = serve.admit?.(call);
    if (refusal !== undefined) throw refusal;
    const answer = await serve(decodeBody(body), call);
    sendJson(response, 200, answer, answerTrailers(call));
  } catch (error) {
    outcome = answerError(options, request, response, error);
  }
  const nowMs = clock.nowMs();
  if (call?.cancelled) outcome = "CANCELLED";
  if (call === undefined) {
    recorder.requestDone("http", outcome, (nowMs - startMs) / 1000);
    return;
  }
  call.recordDone(recorder, "http", outcome, startMs, nowMs);
  call.tell(recorder, "http", outcome, nowMs);
}

/** The smaller of the two. @param own, grpc "" = not given */
function parseTimeout(own: string, grpc: string): number {
  try {
    return Math.min(parseTimeoutMs(own), parseGrpcTimeout(grpc));
  } catch (error) {
    throw error instanceof ServeError ? new BodyReadError(400, JSON.stringify(error.message)) : error;
  }
}

function headerText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(", ") : (value ?? "");
}

function answerError(
  options: FeatureHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): RequestOutcome {
  if (error instanceof BodyFaultError) {
    sendJson(response, 422, error.body);
    return "INVALID_ARGUMENT";
  }
  if (error instanceof BodyReadError) {
    // What is left of the body would be taken for the next request.
    if (!request.complete) response.setHeader("connection", "close");
    sendJson(response, error.status, error.body);
    return error.status === 413 ? "RESOURCE_EXHAUSTED" : "INVALID_ARGUMENT";
  }
  if (error instanceof ServeError) {
    const answer = toHttpAnswer(error, options.errorStatus);
    if (answer.retryAfterSeconds !== undefined) response.setHeader("retry-after", answer.retryAfterSeconds);
    sendJson(response, answer.status, answer.body);
    return error.code;
  }
  if (request.destroyed && !request.complete) return "CANCELLED";
  options.onUnexpectedError(error);
  sendJson(response, 500, JSON.stringify(INTERNAL_MESSAGE));
  return "INTERNAL";
}

/** @param more headers that go with it */
function sendJson(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  more?: readonly AnswerTrailer[],
): void {
  if (response.headersSent || response.destroyed) return;
  if (more !== undefined) for (const [name, value] of more) response.setHeader(name, value);
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, { "content-type": "application/json", "content-length": bytes.byteLength }).end(bytes);
}
