/** What all connections of one server share: options, time, deadlines, memory, and the flush at the end of a turn. */

import { DueSweep } from "../../timing/due-sweep.ts";
import type { GrpcServerOptions } from "../grpc/grpc-server.ts";
import { HeldMemory } from "./held-memory.ts";
import { InflateQueue } from "./inflate-queue.ts";
import { BufferPool } from "./output.ts";
import { StallWatch } from "./stall-watch.ts";

export interface Flushing {
  flush(): void;
  /** Something is wrong with us: the connection is lost, the process is not. */
  abort(): void;
}

export class ServerCore {
  readonly options: GrpcServerOptions;
  readonly deadlines: DueSweep;
  readonly memory: HeldMemory;
  readonly inflates: InflateQueue;
  readonly stalls: StallWatch;
  readonly pool = new BufferPool();
  #due: Flushing[] = [];

  constructor(options: GrpcServerOptions) {
    const nowMs = (): number => options.clock.nowMs();
    this.options = options;
    this.deadlines = new DueSweep(nowMs);
    this.memory = new HeldMemory(nowMs);
    this.inflates = new InflateQueue(options.limits.maxRequestBytes);
    this.stalls = new StallWatch(nowMs);
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
}
