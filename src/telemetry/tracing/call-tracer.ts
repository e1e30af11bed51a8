/** Decides for each call that is over whether it becomes a trace: the sampler first, then the tail rule. */
import type { Ledger } from "../../model/ledger.ts";
import type { CallContext } from "../../model/request.ts";
import type { Surface } from "../../model/surface.ts";
import type { RequestOutcome } from "../recorder.ts";
import type { CallSpans } from "./call-spans.ts";
import type { IsSampled } from "./sampling.ts";
import type { TailRule } from "./tail-rule.ts";
import { parseTraceParent } from "./trace-parent.ts";

export class CallTracer {
  readonly #spans: CallSpans;
  readonly #isSampled: IsSampled;
  readonly #tail: TailRule | undefined;

  /** @param tail undefined: only what the sampler takes is kept */
  constructor(spans: CallSpans, isSampled: IsSampled, tail: TailRule | undefined) {
    this.#spans = spans;
    this.#isSampled = isSampled;
    this.#tail = tail;
  }

  /** @param endMs monotonic @returns the trace's id when the call is kept, else "" */
  answered(surface: Surface, outcome: RequestOutcome, ledger: Ledger, endMs: number, call: CallContext): string {
    const { traceparent = "", traceBin = "" } = call;
    const caller = traceparent === "" && traceBin === "" ? undefined : parseTraceParent(traceparent, traceBin);
    const isTail = !this.#isSampled(caller);
    if (isTail && this.#tail?.keeps(outcome, call, endMs - ledger.startMs, endMs) !== true) return "";
    return this.#spans.keep({ surface, outcome, ledger, call, endMs }, caller, isTail);
  }
}
