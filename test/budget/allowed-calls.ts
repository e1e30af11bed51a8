/**
 * Which calls the delays allow to be OK, by the proxy's log alone: those whose every row's reply was let go before the call was to be
 * answered. Pure.
 *
 * A call is to be answered by min(its deadline − `reserve`, the slice) after its first byte was read (socket-stamps.ts). Its reply is the one
 * to a command for its row that came by after that moment; calls under way at a time ask for different rows, so there is no doubt which.
 * With a cache a reply to anybody will do, from the ttl before the call on.
 */
import type { BurstLine } from "./burst-line.ts";

export interface AllowedOptions {
  readonly sliceMs: number;
  readonly reserveMs: number;
  /** How long the cache may keep a row; 0 = there is none. */
  readonly cacheMs: number;
}

export interface TimedCall {
  readonly entities: readonly number[];
  readonly deadlineMs: number;
  /** First byte read by the sidecar. */
  readonly readMs: number;
}

/** Answers whether a call could be OK. @param lines of all nodes */
export function createAllowance(lines: readonly BurstLine[], options: AllowedOptions): (call: TimedCall) => boolean {
  const { sliceMs, reserveMs, cacheMs } = options;
  const linesOf = new Map<number, BurstLine[]>();
  for (const line of lines) {
    const of = linesOf.get(line.entity);
    if (of === undefined) linesOf.set(line.entity, [line]);
    else of.push(line);
  }
  return ({ entities, deadlineMs, readMs }) => {
    const byMs = readMs + Math.min(sliceMs, deadlineMs - reserveMs);
    return entities.every((entity) =>
      linesOf.get(entity)?.some(({ askedMs, releasedMs }) => {
        const isOwn = cacheMs === 0 ? askedMs >= readMs : releasedMs >= readMs - cacheMs;
        return isOwn && releasedMs <= byMs;
      }),
    );
  };
}
