/**
 * The spans of one call, made by hand once it is over and somebody keeps it: a server span, and below it one for each hop and each read.
 * Times are those of the ledger; no feature values, no entity keys.
 */
import type { Degradation } from "../../model/degradation.ts";
import { GRPC_CODES } from "../../model/grpc-codes.ts";
import { HOPS, Hop, type Ledger } from "../../model/ledger.ts";
import type { ReadAttempt } from "../../model/read-attempt.ts";
import type { CallContext } from "../../model/request.ts";
import type { Surface } from "../../model/surface.ts";
import type { RequestOutcome } from "../recorder.ts";
import { hopTimes } from "./hop-times.ts";
import type { SpanClock } from "./span-clock.ts";
import type { SpanIds } from "./span-ids.ts";
import type { SpanQueue } from "./span-queue.ts";
import { SpanKind, type SpanStart, type SpanWriter } from "./span-writer.ts";
import type { CallerSpan } from "./trace-parent.ts";

export interface AnsweredCall {
  readonly surface: Surface;
  readonly outcome: RequestOutcome;
  readonly ledger: Ledger;
  readonly call: CallContext;
  /** Monotonic milliseconds. */
  readonly endMs: number;
}

const GRPC_SERVICES: Readonly<Record<Exclude<Surface, "http">, string>> = {
  serving_service: "feast.serving.ServingService",
  grpc_feature_server: "GrpcFeatureServer",
};
const METHOD = "GetOnlineFeatures";
const ROUTE = "/get-online-features";
const NO_ATTEMPTS: readonly ReadAttempt[] = [];

/** What spans are made with. */
export interface CallSpansParts {
  readonly writer: SpanWriter;
  readonly queue: SpanQueue;
  readonly clock: SpanClock;
  readonly ids: SpanIds;
}

export class CallSpans {
  readonly #writer: SpanWriter;
  readonly #queue: SpanQueue;
  readonly #clock: SpanClock;
  readonly #ids: SpanIds;

  /** @param parts the queue is that of the writer's spans */
  constructor({ writer, queue, clock, ids }: CallSpansParts) {
    this.#writer = writer;
    this.#queue = queue;
    this.#clock = clock;
    this.#ids = ids;
  }

  /**
   * @param caller its span, if any: the parent, but for `isTail` only linked to
   * @param isTail a trace of its own, for that of the caller is not kept
   * @returns the trace's id; "" = there was no room
   */
  keep(answered: AnsweredCall, caller: CallerSpan | undefined, isTail: boolean): string {
    const { ledger, call } = answered;
    const { attempts = NO_ATTEMPTS } = call;
    const times = hopTimes(ledger);
    const reads = times.find(({ hop }) => hop === Hop.REDIS);
    const hops = attempts.length > 0 ? times.filter((time) => time !== reads) : times;
    if (!this.#queue.admits(1 + hops.length + attempts.length)) return "";
    this.#clock.look();
    const parent = isTail ? undefined : caller;
    const traceId = parent?.traceId ?? this.#ids.trace();
    const spanId = this.#ids.span();
    this.#server(answered, { traceId, spanId, parentSpanId: parent?.spanId ?? "" }, caller, isTail);
    const below = { traceId, parentSpanId: spanId, isParentRemote: false };
    for (const { hop, startMs, endMs } of hops) {
      const span = { ...below, spanId: this.#ids.span(), name: HOPS[hop]!, kind: SpanKind.INTERNAL };
      this.#writer.begin({ ...span, startUs: this.#clock.at(startMs), endUs: this.#clock.at(endMs) });
      this.#end();
    }
    for (const attempt of attempts) this.#read(attempt, reads?.endMs ?? answered.endMs, below);
    return traceId;
  }

  #server(
    { surface, outcome, ledger, call, endMs }: AnsweredCall,
    ids: Pick<SpanStart, "traceId" | "spanId" | "parentSpanId">,
    caller: CallerSpan | undefined,
    isTail: boolean,
  ): void {
    const writer = this.#writer;
    const service = surface === "http" ? undefined : GRPC_SERVICES[surface];
    writer.begin({
      ...ids,
      isParentRemote: ids.parentSpanId !== "",
      name: service === undefined ? `POST ${ROUTE}` : `${service}/${METHOD}`,
      kind: SpanKind.SERVER,
      startUs: this.#clock.at(ledger.startMs),
      endUs: this.#clock.at(endMs),
    });
    if (service === undefined) {
      writer.attribute("http.request.method", "POST");
      writer.attribute("http.route", ROUTE);
    } else {
      writer.attribute("rpc.system", "grpc");
      writer.attribute("rpc.service", service);
      writer.attribute("rpc.method", METHOD);
      writer.attribute("rpc.grpc.status_code", GRPC_CODES[outcome]);
    }
    writer.attribute("feast_sidecar.rows", ledger.rows);
    writer.attribute("feast_sidecar.features", ledger.features);
    writer.attribute("feast_sidecar.priority", call.priority ?? "live");
    writer.attribute("feast_sidecar.outcome", outcome);
    if (isTail) {
      writer.attribute("sidecar.trace.tail", true);
      if (caller !== undefined) writer.link(caller.traceId, caller.spanId, caller.isSampled);
    }
    for (const degradation of call.degraded ?? []) this.#degraded(degradation, endMs);
    if (outcome !== "OK") {
      writer.attribute("error.type", outcome);
      writer.fail(outcome);
    }
    this.#end();
  }

  #degraded({ view, policy, reason, rows, ageMs }: Degradation, atMs: number): void {
    const writer = this.#writer;
    writer.beginEvent("degraded", this.#clock.at(atMs));
    writer.attribute("feast_sidecar.view", view);
    writer.attribute("feast_sidecar.policy", policy);
    writer.attribute("feast_sidecar.reason", reason);
    writer.attribute("feast_sidecar.rows", rows);
    if (ageMs !== undefined) writer.attribute("feast_sidecar.age_ms", Math.round(ageMs));
    writer.endEvent();
  }

  /** @param readEndMs when the call stopped waiting: a read that was still under way then is shown until then */
  #read(
    { node, role, zone, kind, keys, sentMs, endMs, bytes, outcome }: ReadAttempt,
    readEndMs: number,
    below: Pick<SpanStart, "traceId" | "parentSpanId" | "isParentRemote">,
  ): void {
    const writer = this.#writer;
    const isUnderWay = outcome === "abandoned" && endMs <= sentMs;
    writer.begin({
      ...below,
      spanId: this.#ids.span(),
      name: "redis",
      kind: SpanKind.CLIENT,
      startUs: this.#clock.at(sentMs),
      endUs: this.#clock.at(isUnderWay ? Math.max(sentMs, readEndMs) : endMs),
    });
    const colon = node.lastIndexOf(":");
    writer.attribute("db.system.name", "redis");
    writer.attribute("db.operation.name", "HMGET");
    if (keys > 1) writer.attribute("db.operation.batch.size", keys);
    writer.attribute("server.address", node.slice(0, colon));
    writer.attribute("server.port", Number(node.slice(colon + 1)));
    writer.attribute("feast_sidecar.redis.role", role);
    writer.attribute("feast_sidecar.redis.zone", zone);
    writer.attribute("feast_sidecar.redis.hedge", kind === "hedge");
    writer.attribute("feast_sidecar.redis.retry", kind === "retry");
    writer.attribute("feast_sidecar.redis.keys", keys);
    writer.attribute("feast_sidecar.redis.bytes", bytes);
    writer.attribute("feast_sidecar.redis.answered_first", outcome === "answered");
    if (outcome === "failed") {
      writer.attribute("error.type", "_OTHER");
      writer.fail("");
    }
    this.#end();
  }

  #end(): void {
    this.#writer.end();
    this.#queue.ended();
  }
}
