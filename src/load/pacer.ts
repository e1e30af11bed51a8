/**
 * A clock that ticks when a call is due. Node's timers count in whole milliseconds, which at 2,500 calls/s would send them in bursts; a worker
 * that sleeps in `Atomics.wait` wakes within some 0.1 ms of the time.
 */
import { Worker } from "node:worker_threads";

/** Below this a tick costs more than it is worth: calls that are due within it leave together. */
const MIN_TICK_MS = 0.25;

const WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const { startNs, tickNs, stop } = workerData;
for (let tick = 0; ; tick += 1) {
  const waitMs = (startNs + tick * tickNs - Number(process.hrtime.bigint())) / 1e6;
  if (waitMs > 0) { if (Atomics.wait(stop, 0, 0, waitMs) !== "timed-out") break; }
  else if (waitMs < -5 && tick % 64 === 0 && Atomics.load(stop, 0) === 1) break;
  parentPort.postMessage(0);
}
`;

export interface Pacer {
  stop(): Promise<void>;
}

/**
 * Calls `onTick` at `startNs` and then `ratePerSecond` times a second, or as often as ticks go.
 * @param startNs on the clock of `process.hrtime.bigint()`
 */
export function startPacer(startNs: number, ratePerSecond: number, onTick: () => void): Pacer {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const tickNs = Math.max(1e9 / ratePerSecond, MIN_TICK_MS * 1e6);
  const worker = new Worker(WORKER, { eval: true, workerData: { startNs, tickNs, stop } });
  worker.on("message", onTick);
  return {
    async stop() {
      Atomics.store(stop, 0, 1);
      Atomics.notify(stop, 0);
      await worker.terminate();
    },
  };
}
