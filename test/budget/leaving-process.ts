/**
 * Callers that give up: `leaving-process.ts PLAN` (a LeavingPlan as JSON), started with an IPC channel. Every call asks for rows that nobody
 * else asks for, so that the proxy's log says whose a read was. The message `stop` ends it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { openGrpcDriver } from "../../bench/load/grpc-driver.ts";
import { grpcMessage } from "../../bench/load/http2-frames.ts";
import { startPacer } from "../../src/load/pacer.ts";
import { nowMs } from "../faults/clock.ts";
import { planOf, report, stopped } from "../faults/load-child.ts";
import { requestOf } from "../faults/versioned-data.ts";
import { LARGE_ROWS, type LeavingCall, type LeavingPlan } from "./leaving-call.ts";

const PATH = "/feast.serving.ServingService/GetOnlineFeatures";
const REPORT_MS = 50;
/** Above all that are written; they need not be there. */
const FIRST_ENTITY = 1_000_000;
/** One in so many calls asks for many rows, which are read piece by piece. */
const LARGE_EVERY = 200;
/** One in so many stays: reads of those are repeated, so that it would show if the others' were. */
const STAYS_EVERY = 10;

let ended: LeavingCall[] = [];

async function run(plan: LeavingPlan): Promise<void> {
  const messages: Buffer[] = [];
  const driver = await openGrpcDriver({ host: plan.host, port: plan.port, messages, path: PATH, onDone: () => {} });
  report({ kind: "ready" });
  const startMs = nowMs();
  let sent = 0;
  let nextEntity = FIRST_ENTITY;
  /** In the order in which they leave. */
  const waiting: { slot: number; leavesMs: number }[] = [];
  const pacer = startPacer(startMs * 1e6, plan.ratePerSecond, () => {
    const atMs = nowMs();
    for (const due = ((atMs - startMs) / 1000) * plan.ratePerSecond; sent < due; sent += 1) {
      const rows = sent % LARGE_EVERY === 0 ? LARGE_ROWS : 1;
      const firstEntity = nextEntity;
      nextEntity += rows;
      messages[0] = grpcMessage(requestOf(Array.from({ length: rows }, (_, row) => firstEntity + row)));
      driver.send(sent, 0, false);
      ended.push({ firstEntity, rows, clientPort: driver.localPort, stream: 2 * sent + 1 });
      if (sent % STAYS_EVERY !== 1) waiting.push({ slot: sent, leavesMs: atMs + plan.leaveAfterMs });
    }
    for (let first = waiting[0]; first !== undefined && first.leavesMs <= atMs; first = waiting[0]) {
      waiting.shift();
      driver.cancel(first.slot);
    }
    driver.flush();
  });
  const reports = setInterval(() => {
    if (ended.length > 0) report({ kind: "calls", calls: ended });
    ended = [];
  }, REPORT_MS);
  await stopped;
  await pacer.stop();
  clearInterval(reports);
  await delay(REPORT_MS);
  report({ kind: "calls", calls: ended });
  driver.close();
  report({ kind: "done" });
}

await run(planOf());
