/**
 * The webhook over HTTP: POST /mutate and GET /healthz. Every request gets an answer, whatever a client sends; a review that cannot
 * be read gets 400 and a sentence, which the API server passes on to whoever created the pod.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Log } from "../telemetry/log.ts";
import { BodyReadError, readBody } from "../transport/http1/read-body.ts";
import { JSON_TYPE, PLAIN_TEXT, sendText } from "../transport/http1/send-text.ts";
import { mutate } from "./mutate.ts";
import { MalformedReview, readReview } from "./read-review.ts";
import type { Template } from "./template.ts";

export interface InjectorHandlerOptions {
  readonly template: () => Template;
  /** false: shutting down. */
  readonly isHealthy: () => boolean;
  readonly version: string;
  readonly log: Log;
}

/** The API server takes objects of up to 3 MiB; a review holds the pod and little else. */
const MAX_REVIEW_BYTES = 4 * 1024 * 1024;
/** Reviews being read or answered at once: what they may hold in memory is this many times the limit above. */
const MAX_IN_FLIGHT = 64;

/** Handler for `https.Server`'s `request` event. */
export function createInjectorHandler(options: InjectorHandlerOptions): RequestListener {
  let inFlight = 0;
  return (request, response) => {
    // A broken connection is seen through `close`; without a listener its error would be an uncaught exception.
    response.on("error", () => {});
    // The API server adds ?timeout=5s.
    const path = (request.url ?? "").replace(/\?.*$/s, "");
    if (path === "/healthz") {
      if (isMethod(request, response, "GET")) answerHealth(options, response);
    } else if (path !== "/mutate") {
      refuse(response, 404, "not here; there are POST /mutate and GET /healthz");
    } else if (isMethod(request, response, "POST")) {
      if (inFlight >= MAX_IN_FLIGHT) {
        refuse(response, 503, `${MAX_IN_FLIGHT} reviews are being answered; try again`);
        return;
      }
      inFlight++;
      void answerReview(options, request, response).finally(() => inFlight--);
    }
  };
}

function answerHealth(options: InjectorHandlerOptions, response: ServerResponse): void {
  if (options.isHealthy()) sendText(response, 200, PLAIN_TEXT, "ok\n");
  else sendText(response, 503, PLAIN_TEXT, "shutting down\n");
}

async function answerReview(
  options: InjectorHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { log } = options;
  try {
    const review = readReview(await readBody(request, MAX_REVIEW_BYTES));
    const { outcome, pod, reason, answer } = mutate(review, options.template(), options.version);
    const { namespace, dryRun } = review;
    if (outcome === "injected") log.info("injected", { namespace, pod, dryRun });
    else if (outcome === "refused") log.info("refused", { namespace, pod, dryRun, reason });
    else log.debug("left", { namespace, pod, reason });
    sendText(response, 200, JSON_TYPE, JSON.stringify(answer));
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    if (error instanceof MalformedReview) {
      log.fault("malformed_review", { error });
      refuse(response, 400, error.message);
    } else if (error instanceof BodyReadError) {
      // A client that goes on sending would keep the connection busy.
      response.setHeader("connection", "close");
      refuse(response, error.status, unreadable(error.status));
    } else {
      log.fault("unexpected_error", { error, stack: error instanceof Error ? error.stack : undefined });
      refuse(response, 500, "internal error of the injector; its log has the details");
    }
  }
}

/** The body reader's own sentences speak of the sidecar's options. */
function unreadable(status: number): string {
  if (status === 413) return `the review is larger than ${MAX_REVIEW_BYTES} bytes`;
  return status === 415 ? "Content-Encoding is not supported; send gzip or none" : "the body cannot be decompressed";
}

/** @returns false after the request was refused */
function isMethod(request: IncomingMessage, response: ServerResponse, method: string): boolean {
  if (request.method === method) return true;
  response.setHeader("allow", method);
  refuse(response, 405, `expected ${method}`);
  return false;
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  sendText(response, status, PLAIN_TEXT, `${sentence}\n`);
}
