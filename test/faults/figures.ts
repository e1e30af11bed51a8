/** Figures that many scenarios share. */
import type { CallSummary } from "./call-summary.ts";
import type { Figure } from "./scenario.ts";
import type { World } from "./world.ts";

/** The bar for a slow or silent node. */
const P99_BAR_MS = 10;

/** No call may fail; values are right in every repeat, the rest in the median, beside the control. */
export function noFailure(fault: CallSummary, control: CallSummary): Figure[] {
  return [
    ...rightValues(fault),
    { name: "errors", value: fault.errors, unit: "calls", atMost: 0 },
    { name: "late", value: fault.late, unit: "calls", control: control.late, atMost: 0 },
    ...latencies(fault, control),
  ];
}

/** Errors are part of the fault; wrong, null and older values never are. */
export function rightValues(fault: CallSummary): Figure[] {
  return [
    { name: "calls", value: fault.calls, unit: "calls", atLeast: 1 },
    { name: "wrong, null or older", value: fault.badValues, unit: "calls", atMost: 0, isStrict: true },
  ];
}

function latencies(fault: CallSummary, control: CallSummary): Figure[] {
  return [
    { name: "P50", value: fault.p50Ms, unit: "ms", control: control.p50Ms },
    { name: "P99", value: fault.p99Ms, unit: "ms", control: control.p99Ms },
  ];
}

/** P99 of a part of the fault, with the bar. */
export function p99Under(name: string, part: CallSummary, control: CallSummary): Figure {
  return { name, value: part.p99Ms, unit: "ms", control: control.p99Ms, atMost: P99_BAR_MS };
}

/** The control phase must be sound, and the nodes that the fault is about must have been read in it. */
export function soundControl(control: CallSummary, world: World, nodes: readonly number[]): Figure[] {
  const { fromMs, toMs } = world.control;
  return [
    { name: "failed in the control", value: control.failed, unit: "calls", atMost: 0, isPrecondition: true },
    ...nodes.map((node) => ({
      name: `rows of node ${node} in the control`,
      value: world.reads[node]?.rowsBetween(fromMs, toMs) ?? 0,
      unit: "rows",
      atLeast: 1,
    })),
  ];
}

/** A moment as milliseconds after another. */
export function after(name: string, atMs: number, sinceMs: number, atMost?: number): Figure {
  return { name, value: atMs - sinceMs, unit: "ms", ...(atMost !== undefined && { atMost }) };
}

/** Failures of some phases, named. */
export function notesOf(phases: Readonly<Record<string, CallSummary>>): string[] {
  return Object.entries(phases).flatMap(([name, { examples }]) => examples.map((example) => `${name}, ${example}`));
}
