/** What all connections of one server share: options, time, deadlines, memory, and the flush at the end of a turn. */

import { DueSweep } from "../../timing/due-sweep.ts";
import type { GrpcServerOptions } from "../grpc/grpc-server.ts";
import { BufferPool } from "./output.ts";

/** Bytes of requests and answers that one connection, and all together, may make us hold; more is refused. */
const MAX_HELD_BY_CONNECTION = 96 * 1024 * 1024;
const MAX_HELD_BYTES = 256 * 1024 * 1024;

export interface Flushing {
  flush(): void;
  /** Something is wrong with us: the connection is lost, the process is not. */
  abort(): void;
}

/** Bytes held for one connection. */
export interface HeldBytes {
  bytes: number;
}

export class ServerCore {
  readonly options: GrpcServerOptions;
  readonly deadlines: DueSweep;
  readonly pool = new BufferPool();
  #held = 0;
  #due: Flushing[] = [];

  constructor(options: GrpcServerOptions) {
    this.options = options;
    this.deadlines = new DueSweep(() => options.clock.nowMs());
  }

  nowMs(): number {
    return this.options.clock.nowMs();
  }

  /**
   * Has `connection` flushed when this turn's events are dealt with, so that all answers that are ready by then leave in one
   * write.
   */
  schedule(connection: Flushing): void {
    if (this.#due.push(connection) === 1) setImmediate(this.#flush);
  }

  readonly #flush = (): void => {
    const due = this.#due;
    this.#due = [];
    for (const connection of due) {
      try {
        connection.flush();
      } catch (error) {
        this.options.onUnexpectedError(error);
        connection.abort();
      }
    }
  };

  /** @returns false when there is no room for so many bytes more; what is alone always finds some, however large it is */
  hold(owner: HeldBytes, bytes: number): boolean {
    if (owner.bytes > 0 && owner.bytes + bytes > MAX_HELD_BY_CONNECTION) return false;
    if (this.#held > 0 && this.#held + bytes > MAX_HELD_BYTES) return false;
    owner.bytes += bytes;
    this.#held += bytes;
    return true;
  }

  release(owner: HeldBytes, bytes: number): void {
    owner.bytes -= bytes;
    this.#held -= bytes;
  }
}
