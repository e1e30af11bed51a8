/** Notices a peer that owes replies and says nothing. */

/**
 * Counts replies that are due and remembers when the peer was last heard. One lazy timer, none while nothing is due.
 * `onSilent` is called once per silence; the owner then drops the connection and calls `reset`.
 */
export class SilenceWatch {
  readonly #boundMs: number;
  readonly #now: () => number;
  readonly #onSilent: () => void;
  #due = 0;
  #heardMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(boundMs: number, now: () => number, onSilent: () => void) {
    this.#boundMs = boundMs;
    this.#now = now;
    this.#onSilent = onSilent;
  }

  /** A reply is due from now on. */
  expect(): void {
    if (this.#due === 0) this.#heardMs = this.#now();
    this.#due += 1;
    if (this.#timer === undefined) this.#arm(this.#boundMs);
  }

  /** When bytes came last, or a reply became due after none was. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Any bytes came. */
  heard(): void {
    this.#heardMs = this.#now();
  }

  /** One due reply came or failed. */
  settled(): void {
    if (this.#due > 0) this.#due -= 1;
  }

  /** The connection is gone: nothing is due any more. */
  reset(): void {
    this.#due = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => {
      // After a stall of our own loop the reply may be waiting in the socket: let the loop read it before judging.
      setImmediate(() => this.#judge());
    }, Math.ceil(delayMs));
  }

  #judge(): void {
    if (this.#timer === undefined) return;
    this.#timer = undefined;
    if (this.#due === 0) return;
    const silentMs = this.#now() - this.#heardMs;
    if (silentMs < this.#boundMs) this.#arm(this.#boundMs - silentMs);
    else this.#onSilent();
  }
}

/** Silence, while replies are due, after which a node is taken for hung: its reads fail and the connection is replaced. */
export function hungAfterMs(nodeTimeoutMs: number): number {
  return Math.max(1000, 100 * nodeTimeoutMs);
}
