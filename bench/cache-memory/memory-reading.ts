/** What this process has in memory that is in use, so far as Node can tell. Needs `--expose-gc`. */
import { setImmediate } from "node:timers/promises";

export interface MemoryReading {
  /** Objects on V8's heap. */
  readonly heapBytes: number;
  /** What these hold outside of it: memory of buffers, mostly. */
  readonly externalBytes: number;
  readonly rssBytes: number;
}

const PROBE_BYTES = 2 ** 26;

/** After two collections. Buffers found dead by one are given back, and counted off, in the turn of the loop after it. */
export async function readMemory(): Promise<MemoryReading> {
  for (let collection = 0; collection < 2; collection += 1) {
    collect();
    await setImmediate();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, externalBytes: external, rssBytes: rss };
}

/** @throws Error unless Node counts `arrayBuffers` as part of `external`, so that they are not to be added */
export function checkExternalHoldsBuffers(): void {
  const before = process.memoryUsage();
  const probe = Buffer.allocUnsafeSlow(PROBE_BYTES);
  const after = process.memoryUsage();
  const external = (after.external - before.external) / probe.length;
  const buffers = (after.arrayBuffers - before.arrayBuffers) / probe.length;
  // A collection between the two takes a little of both.
  if (Math.abs(external - 1) > 0.1 || Math.abs(buffers - 1) > 0.1) {
    throw new Error(`a buffer adds ${external} of its length to external and ${buffers} to arrayBuffers`);
  }
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error("needs node --expose-gc");
  globalThis.gc();
}
