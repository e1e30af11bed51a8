/**
 * One Redis node: a connection for small reads, and from the first large read on a second one, so that small reads do not stand
 * behind large ones. Comes in: lookups and a deadline. Goes out: row blocks, or a ServeError.
 */
import type { StoreState } from "../../../model/feature-store.ts";
import type { Lookup, RowBlock } from "../../../model/lookup.ts";
import { deadlineError } from "../../read-deadline.ts";
import type { StoreDeps } from "../../store-deps.ts";
import type { RedisStoreOptions } from "../redis-settings.ts";
import { DeadlineSweep } from "./deadline-sweep.ts";
import { NodeConnection } from "./node-connection.ts";
import { PendingRead } from "./pending-read.ts";
import type { RespValue } from "./resp-value.ts";
import { CommandCompiler } from "./row-commands.ts";
import { SpanPool } from "./span-pool.ts";

/**
 * Cells above which a read is large: about 1 ms of the node. Single rows at 500/s, median: alone 0.8 ms; beside a loop of
 * 1,000 rows × 55 cells on one connection 16–31 ms, on two 1.6.
 */
const LARGE_CELLS = 2048;

export class RedisNode {
  readonly #nodeTimeoutMs: number;
  readonly #now: () => number;
  readonly #small: NodeConnection;
  readonly #large: NodeConnection;
  readonly #sweep: DeadlineSweep;
  readonly #spans = new SpanPool();
  #state: StoreState = "connecting";
  #onState: (state: StoreState, reason?: string) => void = () => {};

  /** @param onPush told of push frames on the first connection */
  constructor(options: RedisStoreOptions, deps: StoreDeps, onPush: (frame: RespValue) => void = () => {}) {
    this.#nodeTimeoutMs = options.nodeTimeoutMs;
    this.#now = deps.now;
    const commands = new CommandCompiler(Buffer.from(options.project, "utf8"));
    this.#small = new NodeConnection(options, commands, deps, {
      onUp: () => this.#setState("up"),
      onFailed: (reason) => this.#failed(reason),
      onPush,
    });
    const nothing = (): void => {};
    this.#large = new NodeConnection(options, commands, deps, { onUp: nothing, onFailed: nothing, onPush: nothing });
    this.#sweep = new DeadlineSweep(deps.now, () => deadlineError(this.#small.who));
  }

  /** Begins to connect; never throws. */
  start(onState: (state: StoreState, reason?: string) => void): void {
    this.#onState = onState;
    this.#small.start();
  }

  state(): StoreState {
    return this.#state;
  }

  /**
   * Reads all lookups at once. Not async: a read costs one promise.
   * @throws ServeError UNAVAILABLE or DEADLINE_EXCEEDED
   */
  read(lookups: readonly Lookup[], deadlineMs: number): Promise<readonly RowBlock[]> {
    const nowMs = this.#now();
    if (nowMs >= deadlineMs) return Promise.reject(deadlineError(this.#small.who));
    if (this.#small.isUp) return this.#send(lookups, deadlineMs, nowMs);
    return this.#sendOnceUp(lookups, deadlineMs, nowMs);
  }

  /** Ends both connections; reads under way fail. */
  async close(): Promise<void> {
    await Promise.all([this.#small.close(), this.#large.close()]);
    this.#sweep.close();
  }

  #send(lookups: readonly Lookup[], deadlineMs: number, nowMs: number): Promise<readonly RowBlock[]> {
    return new Promise((resolve, reject) => {
      const isLarge = countCells(lookups) > LARGE_CELLS;
      const read = new PendingRead(lookups, deadlineMs, isLarge, this.#spans, this.#sweep, resolve, reject);
      if (read.settled) return;
      this.#sweep.add(read, nowMs);
      if (isLarge) this.#sendLarge(read);
      else this.#small.send(read);
    });
  }

  /** While the second connection is not up, chunks share the first. */
  #sendLarge(read: PendingRead): void {
    this.#large.start();
    if (this.#large.isUp) this.#large.send(read);
    else this.#small.send(read);
  }

  /** Waits for a connect in progress, at most the node timeout. */
  async #sendOnceUp(lookups: readonly Lookup[], deadlineMs: number, nowMs: number): Promise<readonly RowBlock[]> {
    const small = this.#small;
    if (small.isConnecting) {
      const leftMs = deadlineMs - nowMs;
      await small.attemptEnds(Math.min(this.#nodeTimeoutMs, leftMs));
      if (small.isUp) return this.#send(lookups, deadlineMs, this.#now());
      if (small.isConnecting && leftMs <= this.#nodeTimeoutMs) throw deadlineError(small.who);
    }
    throw small.unavailable();
  }

  #setState(state: StoreState): void {
    this.#state = state;
    this.#onState(state);
  }

  /** Down once it was up; before that still connecting, with something to say about it. */
  #failed(reason: string): void {
    if (this.#state === "up") this.#state = "down";
    this.#onState(this.#state, reason);
  }
}

function countCells(lookups: readonly Lookup[]): number {
  let cells = 0;
  for (let i = 0; i < lookups.length; i += 1) cells += lookups[i]!.keys.length * lookups[i]!.shape.stride;
  return cells;
}
