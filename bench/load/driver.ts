/** What the load loop asks of a protocol. Slots are the loop's numbers of calls in flight; messages are numbers in a pool made before the run. */

export interface LoadDriver {
  /** Queues a call; it leaves with the next {@link flush}. @param keep the loop wants the answer's bytes */
  send(slot: number, message: number, keep: boolean): void;
  /** Writes everything queued at once. */
  flush(): void;
  close(): void;
}

/**
 * How a call ended; called outside of `send` only.
 * @param problem "" = good
 * @param answer the message or body, only when it was to be kept
 */
export type OnDone = (slot: number, problem: string, answer: Buffer | undefined) => void;

export interface DriverOptions {
  readonly host: string;
  readonly port: number;
  /** Whole messages, as the protocol frames them. */
  readonly messages: readonly Buffer[];
  readonly onDone: OnDone;
}
