/** A process of its own that reads a row every few milliseconds, to see how long somebody else's read takes meanwhile. */
import { setTimeout as delay } from "node:timers/promises";
import { LatencyHistogram } from "../../src/load/latency-histogram.ts";
import { encodeCommand } from "../data/write-redis.ts";
import type { LoadDriver } from "../load/driver.ts";
import { createRandom } from "../load/random.ts";
import { openRedisDriver } from "../load/redis-driver.ts";
import { answerCalls } from "./child-calls.ts";
import { FIELDS, rowKey } from "./materialization.ts";

const EVERY_MS = 4;
const LAST_READS_MS = 100;
const MESSAGES = 1000;

export interface ControlFigures {
  readonly reads: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

let driver: LoadDriver | undefined;
let timer: NodeJS.Timeout | undefined;
let histogram = new LatencyHistogram();
let failed = 0;
const sentMs = new Map<number, number>();

/** @param rows that were written */
async function open({ port, rows }: { port: number; rows: number }): Promise<void> {
  const random = createRandom(1);
  const messages = Array.from({ length: MESSAGES }, () =>
    encodeCommand(["HMGET", rowKey(Math.floor(random() * rows)), ...FIELDS]),
  );
  driver = await openRedisDriver({
    host: "127.0.0.1",
    port,
    messages,
    repliesPerMessage: 1,
    onDone: (slot, problem) => {
      const startMs = sentMs.get(slot);
      sentMs.delete(slot);
      if (problem !== "") failed += 1;
      else if (startMs !== undefined) histogram.record(performance.now() - startMs);
    },
  });
}

function start(): void {
  histogram = new LatencyHistogram();
  failed = 0;
  sentMs.clear();
  let slot = 0;
  timer = setInterval(() => {
    slot += 1;
    sentMs.set(slot, performance.now());
    driver?.send(slot, slot % MESSAGES, false);
    driver?.flush();
  }, EVERY_MS);
}

/** Reads that are still under way then count as infinitely slow. */
async function stop(): Promise<ControlFigures> {
  clearInterval(timer);
  await delay(LAST_READS_MS);
  histogram.recordFailure(failed + sentMs.size);
  return {
    reads: histogram.total,
    failed,
    p50Ms: histogram.percentileMs(0.5),
    p99Ms: histogram.percentileMs(0.99),
  };
}

const calls = { open, start, stop };
export type ControlCalls = typeof calls;
answerCalls(calls);
