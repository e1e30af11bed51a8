/** One process's figures, and what is asked of them. */
import type { MemoryReading } from "./memory-reading.ts";

const MIB = 2 ** 20;
const MOST_OF_MAX = 1.15;
const ALLOWANCE_BYTES = 8 * MIB;
/** From this share of the keys on the cache must be full: one that keeps little is small for no merit. */
const FULL_FROM = 0.5;
const FULL = 0.9;

export interface RunOrder {
  /** A name of WORKLOADS. */
  readonly workload: string;
  readonly maxBytes: number;
  readonly keys: number;
}

/** The figures after a share of the keys. */
export interface MemoryPoint {
  readonly share: number;
  readonly memory: MemoryReading;
  /** By the cache itself. */
  readonly countedBytes: number;
  readonly rows: number;
  readonly keys: number;
}

export interface MemoryRun {
  readonly order: RunOrder;
  /** Modules were loaded and the store's bytes there, but no cache. */
  readonly before: MemoryReading;
  readonly points: readonly MemoryPoint[];
  /** The cache was let go: what is left are compiled code and the like. */
  readonly after: MemoryReading;
  /** Kept, and let go to make room, in the whole run. Unit: rows. */
  readonly filled: number;
  readonly evicted: number;
  readonly seconds: number;
}

export interface Verdict {
  /** What came with the cache: over the lower of before and after, since Node lets go of its TypeScript loader (4 MB) at some time. */
  readonly grownBytes: number;
  readonly barBytes: number;
  /** Why it does not hold; empty = it does. */
  readonly failures: readonly string[];
}

export function usedBytes({ heapBytes, externalBytes }: MemoryReading): number {
  return heapBytes + externalBytes;
}

export function judge(
  { order, before, after }: Pick<MemoryRun, "order" | "before" | "after">,
  point: MemoryPoint,
): Verdict {
  const { maxBytes } = order;
  const grownBytes = usedBytes(point.memory) - Math.min(usedBytes(before), usedBytes(after));
  const barBytes = Math.round(MOST_OF_MAX * maxBytes) + ALLOWANCE_BYTES;
  const failures: string[] = [];
  if (grownBytes > barBytes) failures.push(`takes more than ${mib(barBytes)} MiB`);
  if (point.countedBytes > maxBytes) failures.push("counts more than max_bytes");
  const isFull = point.countedBytes >= FULL * maxBytes;
  if (!isFull && point.share >= FULL_FROM) failures.push("is not full, which proves nothing");
  return { grownBytes, barBytes, failures };
}

export function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
