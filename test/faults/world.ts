/** The parts that every scenario has once its Redis stands: sidecar, writer, load; and the judgement at the end. */
import { setTimeout as delay } from "node:timers/promises";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { type CallSummary, summarize, type Window } from "./call-summary.ts";
import { type CheckedLoad, DEADLINE_MS, RATE_PER_SECOND, startLoad } from "./checked-load.ts";
import { nowMs } from "./clock.ts";
import { type JudgedCall, judgeCalls } from "./judge-calls.ts";
import { type ReadWatch, watchReads } from "./read-watch.ts";
import type { RedisProcess } from "./redis-process.ts";
import { type RunTimes, runTimes } from "./run-times.ts";
import type { RunOptions } from "./scenario.ts";
import { openSidecar, type SidecarSetup } from "./sidecar-setup.ts";
import type { Writer } from "./writer.ts";

export interface WorldParts {
  readonly sidecar: SidecarSetup;
  readonly writer: Writer;
  /** Nodes that may be asked, in any role. */
  readonly nodes: readonly RedisProcess[];
  /** Default 500. */
  readonly ratePerSecond?: number;
}

export interface World {
  readonly times: RunTimes;
  readonly sidecar: TestSidecar;
  readonly writer: Writer;
  /** Of the nodes, in their order. */
  readonly reads: readonly ReadWatch[];
  /** The phase without a fault. */
  readonly control: Window;
  /** Ends load and writer and judges every call. */
  finish(): Promise<Judgement>;
}

export interface Judgement {
  readonly calls: readonly JudgedCall[];
  readonly control: CallSummary;
  summary(fromMs: number, toMs: number): CallSummary;
}

/** Starts sidecar, writer and load, warms up, and lets the control phase pass. The data must be written. */
export async function openWorld({ stage, short }: RunOptions, parts: WorldParts): Promise<World> {
  const times = runTimes(short);
  const { redis = {}, ...setup } = parts.sidecar;
  const sidecar = await openSidecar(stage, {
    ...setup,
    redis: { ...(parts.nodes.length > 1 && { read_from: "nearest", max_lag: `${times.maxLagMs}ms` }), ...redis },
  });
  parts.writer.start();
  const load = await startLoad(stage, sidecar.address, parts.ratePerSecond ?? RATE_PER_SECOND);
  const reads = parts.nodes.map((node) => watchReads(stage, node));
  await delay(times.warmUpMs);
  const fromMs = nowMs();
  await delay(times.phaseMs);
  // A call that is due just before the fault may still meet it.
  const control = { fromMs, toMs: nowMs() - DEADLINE_MS };
  return {
    times,
    sidecar,
    writer: parts.writer,
    reads,
    control,
    finish: () => finish(load, parts.writer, times, control),
  };
}

async function finish(load: CheckedLoad, writer: Writer, times: RunTimes, control: Window): Promise<Judgement> {
  const records = await load.stop();
  await writer.stop();
  const calls = judgeCalls(records, { ledger: writer.ledger, deadlineMs: DEADLINE_MS, boundMs: times.boundMs });
  const summary = (fromMs: number, toMs: number): CallSummary => summarize(calls, { fromMs, toMs });
  return { calls, control: summary(control.fromMs, control.toMs), summary };
}
