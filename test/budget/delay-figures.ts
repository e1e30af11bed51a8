/** The figures of one run of the delays. */
import type { Figure } from "../faults/scenario.ts";
import type { BudgetCall } from "./budget-call.ts";
import { type DelayedRun, type JudgedCall, SLICE_MS } from "./delayed-run.ts";

/** The bars of the issue. */
const MOST_POINTS_BELOW = 3;
const MOST_LATE_AT_SOCKET = 0.1;
const MOST_LATE_AT_CLIENT = 1;
const CLIENT_SLACK_MS = 2;
const MOST_POINTS_OVER_ECHO = 0.5;
/** So many calls that the log forbids may be OK: clocks of three processes lie between. */
const MOST_FORBIDDEN = 1;
const MOST_NOTES = 5;
/** A call is told that it must leave a millisecond before the deadline of its caller (`reserve`, and src/serve.ts), and needs 0.35 to do so. */
const SPARE_MS = 0.65;
/** In a short run a share is known only so well: so many standard errors are added to its bar. */
const STANDARD_ERRORS = 3;

export function percentOf<T>(all: readonly T[], isCounted: (each: T) => boolean): number {
  return (100 * all.filter(isCounted).length) / all.length;
}

/**
 * @param name before each figure
 * @param isShort too few calls for the bars as they are
 */
export function delayFigures(name: string, { calls, echo, wakesMs }: DelayedRun, isShort: boolean): Figure[] {
  const bar = (percent: number): number => (isShort ? percent + samplingError(percent, calls.length) : percent);
  const share = (figure: string, is: (call: JudgedCall) => boolean, more: Partial<Figure> = {}): Figure => {
    return { name: `${name}: ${figure}`, value: percentOf(calls, is), unit: "%", ...more };
  };
  const count = (outcome: JudgedCall["outcome"]): Figure => {
    const value = calls.filter((call) => call.outcome === outcome).length;
    return { name: `${name}: ${outcome}`, value, unit: "calls", atMost: 0, isStrict: true };
  };
  const isOk = ({ outcome }: JudgedCall): boolean => outcome === "ok";
  const isAllowed = (call: JudgedCall): boolean => call.isAllowed;
  const isLateAtClient = ({ sentMs, endedMs, deadlineMs }: BudgetCall): boolean =>
    endedMs - sentMs > deadlineMs + CLIENT_SLACK_MS;
  const echoLate = percentOf(echo, isLateAtClient);
  const wakes = (byMs: number): number => percentOf(wakesMs, (lateMs) => lateMs > byMs);
  return [
    { name: `${name}: calls`, value: calls.length, unit: "calls", atLeast: 1 },
    share("OK", isOk),
    share("degraded", ({ outcome }) => outcome === "degraded"),
    share("refused", ({ outcome }) => outcome === "refused"),
    share("the log allows", isAllowed),
    {
      name: `${name}: OK below what the log allows`,
      value: percentOf(calls, isAllowed) - percentOf(calls, isOk),
      unit: "points",
      control: wakes(SPARE_MS),
      atMost: bar(MOST_POINTS_BELOW),
    },
    share("OK though the log forbids it", (call) => isOk(call) && !call.isAllowed, { atMost: bar(MOST_FORBIDDEN) }),
    count("wrong"),
    count("failed"),
    count("lost"),
    share("bytes at the socket after the caller's deadline", (call) => !isInTime(call, call.deadlineMs), {
      control: wakes(SPARE_MS),
      atMost: bar(MOST_LATE_AT_SOCKET),
    }),
    share("bytes at the socket after the slice", (call) => !isInTime(call, SLICE_MS), {
      control: wakes(SPARE_MS),
    }),
    share(`at the client over deadline + ${CLIENT_SLACK_MS} ms`, isLateAtClient, {
      control: echoLate,
      atMost: bar(MOST_LATE_AT_CLIENT),
    }),
    {
      name: `${name}: the same, over the echo's`,
      value: percentOf(calls, isLateAtClient) - echoLate,
      unit: "points",
      atMost: bar(MOST_POINTS_OVER_ECHO),
    },
  ];
}

/** In points: of a share of so many per cent, and never less than that of two calls. */
function samplingError(percent: number, calls: number): number {
  return STANDARD_ERRORS * Math.sqrt((percent * (100 - percent)) / calls) + 200 / calls;
}

export function delayNotes({ calls }: DelayedRun): string[] {
  return calls.flatMap(({ problem }) => (problem === "" ? [] : [problem])).slice(0, MOST_NOTES);
}

/** A call whose bytes never came by counts as late. */
function isInTime({ stamp }: JudgedCall, withinMs: number): boolean {
  return stamp !== undefined && stamp.writtenMs >= 0 && stamp.writtenMs - stamp.readMs <= withinMs;
}
