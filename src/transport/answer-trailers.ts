/** What the answers of all three transports say beside their bytes: the marks that `serve` left on the call, as names and values. */
import { DEGRADED_KEY, formatDegradations } from "../model/degradation.ts";
import type { AnswerTrailer, CallContext } from "../model/request.ts";

/** With the marks themselves: four of 2 KiB fit in one HTTP/2 frame, and in Node's header limit of 16 KiB. */
const MAX_TRAILERS = 4;
const MAX_VALUE_BYTES = 2048;

/**
 * @param call of an answer that is about to be sent
 * @returns gRPC trailers or HTTP headers for it, safe to write as they are; undefined = none, which allocates nothing
 */
export function answerTrailers({ degraded, trailers }: CallContext): readonly AnswerTrailer[] | undefined {
  if (degraded === undefined && trailers === undefined) return undefined;
  const all: AnswerTrailer[] = [];
  if (degraded !== undefined && degraded.length > 0) all.push([DEGRADED_KEY, formatDegradations(degraded)]);
  for (const [name, value] of trailers ?? []) {
    if (all.length < MAX_TRAILERS) all.push([name, headerValue(value)]);
  }
  return all.length === 0 ? undefined : all;
}

/** Printable ASCII without blanks around it (RFC 9110, section 5.5); anything else would begin a header of its own, or be refused. */
function headerValue(value: string): string {
  return value
    .slice(0, MAX_VALUE_BYTES)
    .replace(/[^ -~]/g, "?")
    .trim();
}
