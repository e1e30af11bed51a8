/**
 * Compressed messages of all connections of a server, a few at a time: 4 kB may become 4 MB, and a thousand of those at once are
 * memory and threads that others wait for. Connections take turns, so that one with many delays another by one message at most.
 */
import { unknownEncoding } from "../grpc/call-refusals.ts";
import { canInflate, inflateMessage, type OnInflated } from "../grpc/inflate-message.ts";

/** Of Node's four threads; the others stay free for files and names. */
const MAX_AT_ONCE = 2;

/** A message that waits or is being inflated. */
export interface InflateJob {
  readonly owner: object;
  readonly message: Buffer;
  readonly encoding: string;
  readonly onInflated: OnInflated;
  /** Gives up; undefined while it waits. */
  abort: (() => void) | undefined;
}

export class InflateQueue {
  readonly #maxBytes: number;
  /** Those that wait, by connection; the first connection's first one is next. */
  readonly #waiting = new Map<object, Set<InflateJob>>();
  #running = 0;

  /** @param maxBytes largest message after decompression */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @param owner the connection: each gets its turn
   * @param message memory of its own, for it may wait
   * @param onInflated called later, unless the job is dropped before
   * @throws ServeError UNIMPLEMENTED for an encoding that is not known
   */
  add(owner: object, message: Buffer, encoding: string, onInflated: OnInflated): InflateJob {
    if (!canInflate(encoding)) throw unknownEncoding(encoding);
    const job: InflateJob = { owner, message, encoding, onInflated, abort: undefined };
    const jobs = this.#waiting.get(owner);
    if (jobs === undefined) this.#waiting.set(owner, new Set([job]));
    else jobs.add(job);
    this.#next();
    return job;
  }

  /** Nobody wants it any more. Only for a job whose `onInflated` has not been called. */
  drop(job: InflateJob): void {
    if (job.abort !== undefined) {
      job.abort();
      this.#running--;
      this.#next();
      return;
    }
    const jobs = this.#waiting.get(job.owner);
    jobs?.delete(job);
    if (jobs?.size === 0) this.#waiting.delete(job.owner);
  }

  #next(): void {
    while (this.#running < MAX_AT_ONCE) {
      const job = this.#take();
      if (job === undefined) return;
      this.#running++;
      job.abort = inflateMessage(job.message, job.encoding, this.#maxBytes, (error, message) => {
        this.#running--;
        this.#next();
        job.onInflated(error, message);
      });
    }
  }

  #take(): InflateJob | undefined {
    for (const [owner, jobs] of this.#waiting) {
      this.#waiting.delete(owner);
      const [job] = jobs;
      if (job === undefined) continue;
      jobs.delete(job);
      // To the end: all others come first.
      if (jobs.size > 0) this.#waiting.set(owner, jobs);
      return job;
    }
    return undefined;
  }
}
