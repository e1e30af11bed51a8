/** Who makes the calls of a run, over connections that are there before it. */
import type { CallEnd } from "./open-loop.ts";

export interface Caller {
  /** Never rejects. @param message request as the protocol carries it @param leftMs until nobody waits for the answer any more */
  send(message: Buffer, leftMs: number): Promise<CallEnd>;
  close(): void;
}

export interface CallerOptions {
  /** Open at the same time; calls take them in turn. */
  readonly connections: number;
  /** PEM of the authorities that are trusted; undefined = cleartext. */
  readonly ca: Buffer | undefined;
}

/** The call's time was over before it left. */
export const OVER: CallEnd = { outcome: "DEADLINE_EXCEEDED", isDegraded: false };
