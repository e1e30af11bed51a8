/** Decides for each call that is over whether it becomes a trace: the sampler first, then the tail rule. */
import { type Context, type Link, ROOT_CONTEXT, type SpanContext, trace } from "@opentelemetry/api";
import { type AnsweredCall, endServerSpan, type SpanMaker, startServerSpan } from "./call-spans.ts";
import type { IsSampled } from "./sampling.ts";
import type { TailRule } from "./tail-rule.ts";
import { parseTraceParent } from "./trace-parent.ts";

export class CallTracer {
  readonly #maker: SpanMaker;
  readonly #isSampled: IsSampled;
  readonly #tail: TailRule | undefined;

  /**
   * @param maker its tracer records every span that it is asked for
   * @param tail undefined: only what the sampler takes is kept
   */
  constructor(maker: SpanMaker, isSampled: IsSampled, tail: TailRule | undefined) {
    this.#maker = maker;
    this.#isSampled = isSampled;
    this.#tail = tail;
  }

  /** @returns the trace's id when the call is kept, else "" */
  answered(answered: AnsweredCall): string {
    const { call, ledger, outcome, endMs } = answered;
    const { traceparent = "", traceBin = "" } = call;
    const caller = traceparent === "" && traceBin === "" ? undefined : parseTraceParent(traceparent, traceBin);
    if (this.#isSampled(caller)) {
      const parent = caller === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, caller);
      return this.#keep(answered, parent, []);
    }
    if (this.#tail?.keeps(outcome, call, endMs - ledger.startMs, endMs) !== true) return "";
    return this.#keep(answered, ROOT_CONTEXT, linkTo(caller), true);
  }

  /** @param isTail a trace of its own, for that of the caller is not kept */
  #keep(answered: AnsweredCall, parent: Context, links: Link[], isTail = false): string {
    this.#maker.clock.look();
    const span = startServerSpan(this.#maker, answered, parent, links);
    if (isTail) span.setAttribute("sidecar.trace.tail", true);
    endServerSpan(this.#maker, span, answered, parent);
    return span.spanContext().traceId;
  }
}

function linkTo(caller: SpanContext | undefined): Link[] {
  return caller === undefined ? [] : [{ context: caller }];
}
