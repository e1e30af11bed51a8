/**
 * What `OTEL_TRACES_SAMPLER` says of a call, asked before any span is made: nearly all calls are not sampled, and a span that is not
 * recorded would cost them a microsecond.
 */
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { SamplingDecision, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace";
import type { SamplerSettings } from "../../model/otel-settings.ts";
import type { CallerSpan } from "./trace-parent.ts";

/** @param caller the caller's span, undefined = the call begins a trace */
export type IsSampled = (caller: CallerSpan | undefined) => boolean;

/** @param random in [0, 1) */
export function createSampling({ name, ratio }: SamplerSettings, random: () => number): IsSampled {
  const isRootSampled = (): boolean => random() < ratio;
  const followingCaller =
    (root: () => boolean): IsSampled =>
    (caller) =>
      caller === undefined ? root() : caller.isSampled;
  switch (name) {
    case "always_on":
      return () => true;
    case "always_off":
      return () => false;
    case "traceidratio": {
      // By the caller's id, as others that see the trace decide.
      const sampler = new TraceIdRatioBasedSampler(ratio);
      return (caller) => {
        if (caller === undefined) return isRootSampled();
        const { decision } = sampler.shouldSample(ROOT_CONTEXT, caller.traceId);
        return decision === SamplingDecision.RECORD_AND_SAMPLED;
      };
    }
    case "parentbased_always_on":
      return followingCaller(() => true);
    case "parentbased_always_off":
      return followingCaller(() => false);
    case "parentbased_traceidratio":
      return followingCaller(isRootSampled);
  }
}
