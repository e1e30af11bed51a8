/** The absolute deadline of a store read, turned into a promise that loses when time is up. */
import { ServeError } from "../model/serve-error.ts";

/** Longest delay setTimeout takes; anything above is as good as no deadline. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The error of a read whose time is up; `who` names the store, e.g. `redis 127.0.0.1:6379`. */
export function deadlineError(who: string): ServeError {
  return new ServeError("DEADLINE_EXCEEDED", `${who} did not answer before the deadline of the request`);
}

/**
 * Settles as `work` does, unless the deadline comes first.
 * @param work may settle later than the deadline: its outcome is then dropped, and `onLate` is told once
 * @param deadlineMs absolute, on the clock of `now`; Infinity = wait for `work`
 * @throws ServeError DEADLINE_EXCEEDED
 */
export function withDeadline<T>(
  work: Promise<T>,
  deadlineMs: number,
  now: () => number,
  who: string,
  onLate: () => void = () => {},
): Promise<T> {
  const leftMs = deadlineMs - now();
  if (leftMs > LONGEST_TIMER_MS) return work;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        onLate();
        reject(deadlineError(who));
      },
      Math.max(0, Math.ceil(leftMs)),
    );
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
