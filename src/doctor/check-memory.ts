/** Whether the cache has room in this process. */
import { type Finding, ok, trouble } from "./finding.ts";

export interface MemoryFacts {
  /** `cache.max_bytes`; 0 = no cache. */
  readonly cacheBytes: number;
  /** Of the container; undefined = none. */
  readonly limitBytes: number | undefined;
  /** V8's: `--max-old-space-size` and what it takes by itself. */
  readonly heapLimitBytes: number;
}

/** What the process takes for `max_bytes` of rows at most (bench/results/cache-memory.md). */
const CACHE_FACTOR = 1.15;
const MEBI = 1024 * 1024;
/** Node, our code, connections, requests under way. */
const PROCESS_BYTES = 128 * MEBI;
/** Beyond this share the garbage between two collections may not fit. */
const TIGHT = 0.8;

export function checkMemory({ cacheBytes, limitBytes, heapLimitBytes }: MemoryFacts): Finding[] {
  const needed = PROCESS_BYTES + cacheBytes * CACHE_FACTOR;
  return [
    judge(
      "container limit",
      limitBytes,
      needed,
      "raise the container's memory limit, or lower sidecar.cache.max_bytes",
    ),
    judge("V8 heap limit", heapLimitBytes, needed, "raise --max-old-space-size, or lower sidecar.cache.max_bytes"),
  ];
}

function judge(subject: string, limit: number | undefined, needed: number, advice: string): Finding {
  if (limit === undefined) return ok("memory", subject, "there is none");
  const what = `${mebi(limit)} MiB for about ${mebi(needed)} MiB: the process and a full cache`;
  if (needed > limit) return trouble("memory", "fail", subject, what, advice);
  return needed > limit * TIGHT ? trouble("memory", "warn", subject, what, advice) : ok("memory", subject, what);
}

function mebi(bytes: number): number {
  return Math.round(bytes / MEBI);
}
