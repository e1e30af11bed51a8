/**
 * The spans of one call, made by hand once it is over and somebody keeps it: a server span, and below it one for each hop and each read.
 * Times are those of the ledger; no feature values, no entity keys.
 */
import { type Context, type Link, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { HOPS, Hop, type Ledger } from "../../model/ledger.ts";
import type { ReadAttempt } from "../../model/read-attempt.ts";
import type { CallContext } from "../../model/request.ts";
import type { Surface } from "../../model/surface.ts";
import type { RequestOutcome } from "../recorder.ts";
import type { SpanClock } from "./span-clock.ts";

export interface AnsweredCall {
  readonly surface: Surface;
  readonly outcome: RequestOutcome;
  readonly ledger: Ledger;
  readonly call: CallContext;
  /** Monotonic milliseconds. */
  readonly endMs: number;
}

/** What spans are made with. */
export interface SpanMaker {
  readonly tracer: Tracer;
  readonly clock: SpanClock;
}

const GRPC_SERVICES: Readonly<Record<Exclude<Surface, "http">, string>> = {
  serving_service: "feast.serving.ServingService",
  grpc_feature_server: "GrpcFeatureServer",
};
const METHOD = "GetOnlineFeatures";
const ROUTE = "/get-online-features";
/** Hops with a span of their own, in the order in which they come; `loop` is time of nobody's, reads are told one by one. */
const SHOWN_HOPS = [Hop.ADMISSION, Hop.PLAN, Hop.CACHE, Hop.WAIT, Hop.REDIS, Hop.ASSEMBLE, Hop.WRITE];

/** @param parent holds the caller's span, if any */
export function startServerSpan(
  { tracer, clock }: SpanMaker,
  answered: AnsweredCall,
  parent: Context,
  links: Link[],
): Span {
  const { surface, ledger, call } = answered;
  const service = surface === "http" ? undefined : GRPC_SERVICES[surface];
  return tracer.startSpan(
    service === undefined ? `POST ${ROUTE}` : `${service}/${METHOD}`,
    {
      kind: SpanKind.SERVER,
      startTime: clock.at(ledger.startMs),
      links,
      attributes:
        service === undefined
          ? { "http.request.method": "POST", "http.route": ROUTE, ...ownAttributes(ledger, call) }
          : { "rpc.system": "grpc", "rpc.service": service, "rpc.method": METHOD, ...ownAttributes(ledger, call) },
    },
    parent,
  );
}

/** The children, and the end of the server span. */
export function endServerSpan(maker: SpanMaker, span: Span, answered: AnsweredCall, parent: Context): void {
  const { outcome, ledger, call, endMs } = answered;
  const { tracer, clock } = maker;
  const inside = trace.setSpan(parent, span);
  const times = hopTimes(ledger);
  for (const { hop, startMs, endMs: hopEndMs } of times) {
    if (hop === Hop.REDIS && call.attempts !== undefined && call.attempts.length > 0) continue;
    tracer.startSpan(HOPS[hop]!, { startTime: clock.at(startMs) }, inside).end(clock.at(hopEndMs));
  }
  const readEndMs = times.find(({ hop }) => hop === Hop.REDIS)?.endMs ?? endMs;
  for (const attempt of call.attempts ?? []) readSpan(maker, attempt, readEndMs, inside);
  for (const { view, policy, reason, rows, ageMs } of call.degraded ?? []) {
    const age = ageMs === undefined ? {} : { "feast_sidecar.age_ms": Math.round(ageMs) };
    const what = { "feast_sidecar.view": view, "feast_sidecar.policy": policy, "feast_sidecar.reason": reason };
    span.addEvent("degraded", { ...what, "feast_sidecar.rows": rows, ...age }, clock.at(endMs));
  }
  span.setAttribute("feast_sidecar.outcome", outcome);
  if (outcome !== "OK") span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
  span.end(clock.at(endMs));
}

function ownAttributes(
  { rows, features }: Ledger,
  { priority = "live" }: CallContext,
): Record<string, string | number> {
  return { "feast_sidecar.rows": rows, "feast_sidecar.features": features, "feast_sidecar.priority": priority };
}

interface HopTime {
  readonly hop: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** When each hop that took place was: they follow one another, `loop` before the first and after the read. */
export function hopTimes({ startMs, us, loopBackUs }: Ledger): HopTime[] {
  const times: HopTime[] = [];
  let atUs = us[Hop.LOOP]! - loopBackUs;
  for (const hop of SHOWN_HOPS) {
    const tookUs = us[hop]!;
    if (tookUs > 0) times.push({ hop, startMs: startMs + atUs / 1000, endMs: startMs + (atUs + tookUs) / 1000 });
    atUs += tookUs;
    if (hop === Hop.REDIS) atUs += loopBackUs;
  }
  return times;
}

/** @param readEndMs when the call stopped waiting: a read that was still under way then is shown until then */
function readSpan({ tracer, clock }: SpanMaker, attempt: ReadAttempt, readEndMs: number, inside: Context): void {
  const { node, role, zone, kind, keys, sentMs, endMs, bytes, outcome } = attempt;
  const colon = node.lastIndexOf(":");
  const span = tracer.startSpan(
    "redis",
    {
      kind: SpanKind.CLIENT,
      startTime: clock.at(sentMs),
      attributes: {
        "db.system.name": "redis",
        "db.operation.name": "HMGET",
        "db.operation.batch.size": keys,
        "server.address": node.slice(0, colon),
        "server.port": Number(node.slice(colon + 1)),
        "feast_sidecar.redis.role": role,
        "feast_sidecar.redis.zone": zone,
        "feast_sidecar.redis.hedge": kind === "hedge",
        "feast_sidecar.redis.retry": kind === "retry",
        "feast_sidecar.redis.keys": keys,
        "feast_sidecar.redis.bytes": bytes,
        "feast_sidecar.redis.answered_first": outcome === "answered",
      },
    },
    inside,
  );
  if (outcome === "failed") span.setStatus({ code: SpanStatusCode.ERROR });
  const isUnderWay = outcome === "abandoned" && endMs <= sentMs;
  span.end(clock.at(isUnderWay ? Math.max(sentMs, readEndMs) : endMs));
}
