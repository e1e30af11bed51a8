/** One caller of `read` whose rows, or some of them, are on their way. */
import type { Lookup, RowBlock } from "../model/lookup.ts";
import type { ReadAttempt, ReadCaller } from "../model/read-attempt.ts";
import { ServeError } from "../model/serve-error.ts";
import type { Due, DueSweep } from "../timing/due-sweep.ts";
import type { SpanPool } from "../wire/span-pool.ts";
import { blockOf, type Piece } from "./answer-rows.ts";
import type { Load } from "./load.ts";
import type { ReadShape } from "./read-shape.ts";

export class Waiter implements Due {
  dueMs: number;
  sweepSlot = -1;
  readonly lookups: readonly Lookup[];
  /** Aligned with `lookups`. */
  readonly shapes: ReadShape[] = [];
  /** For each lookup, for each key, for each view: where its row comes from. */
  readonly pieces: Piece[] = [];
  readonly deadlineMs: number;
  readonly #caller: ReadCaller | undefined;
  isSettled = false;
  /** Brings everything: its blocks are the answer. */
  whole: Load | undefined;
  #loadsLeft = 0;
  #resolve: (blocks: readonly RowBlock[]) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  readonly #sweep: DueSweep;
  readonly #spanPool: SpanPool;

  constructor(
    lookups: readonly Lookup[],
    deadlineMs: number,
    sweep: DueSweep,
    spanPool: SpanPool,
    caller: ReadCaller | undefined,
  ) {
    this.lookups = lookups;
    this.deadlineMs = deadlineMs;
    this.#caller = caller;
    this.dueMs = deadlineMs;
    this.#sweep = sweep;
    this.#spanPool = spanPool;
  }

  /** Its caller has its answer, or has left. */
  get hasLeft(): boolean {
    return this.isSettled || this.#caller?.cancelled === true;
  }

  /** Who asked wants to know what its reads were. */
  get attempts(): ReadAttempt[] | undefined {
    return this.#caller?.attempts;
  }

  get hasAll(): boolean {
    return this.#loadsLeft === 0;
  }

  /** Waits for a load; once for each. */
  waitFor(load: Load): void {
    // Nobody else comes while this call asks.
    if (load.waiters.at(-1) === this) return;
    load.waiters.push(this);
    this.#loadsLeft += 1;
  }

  settleWith(resolve: (blocks: readonly RowBlock[]) => void, reject: (error: unknown) => void): void {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** One of its loads has its rows. */
  loaded(): void {
    if (this.isSettled) return;
    this.#loadsLeft -= 1;
    if (this.#loadsLeft > 0) return;
    this.#settle();
    this.#resolve(this.blocks());
  }

  /** It had all of it read by itself. */
  answer(blocks: readonly RowBlock[]): void {
    if (this.isSettled) return;
    this.#settle();
    this.#resolve(blocks);
  }

  fail(error: unknown): void {
    if (this.isSettled) return;
    this.#settle();
    this.#reject(error);
  }

  due(): void {
    this.fail(
      new ServeError("DEADLINE_EXCEEDED", "The read that this request waited for took longer than its deadline"),
    );
  }

  /** The answer; needs all pieces. */
  blocks(): readonly RowBlock[] {
    if (this.whole?.blocks !== undefined) return this.whole.blocks;
    const blocks = new Array<RowBlock>(this.lookups.length);
    let first = 0;
    for (let index = 0; index < this.lookups.length; index += 1) {
      const read = this.shapes[index]!;
      const keys = this.lookups[index]!.keys.length;
      blocks[index] = blockOf(read, keys, this.pieces, first, this.#spanPool);
      first += keys * read.views.length;
    }
    return blocks;
  }

  #settle(): void {
    this.isSettled = true;
    this.#sweep.remove(this);
  }
}
