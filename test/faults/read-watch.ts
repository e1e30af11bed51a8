/** Which node answers when: Redis' own count of the rows it was asked for, noted every 25 ms. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "./clock.ts";
import type { RedisProcess } from "./redis-process.ts";
import type { Stage } from "./stage.ts";

export const WATCH_MS = 25;

interface Note {
  readonly atMs: number;
  readonly rows: number;
}

export class ReadWatch {
  readonly #node: RedisProcess;
  readonly #notes: Note[] = [];
  #isRunning = true;

  constructor(node: RedisProcess) {
    this.#node = node;
    void this.#run();
  }

  stop(): void {
    this.#isRunning = false;
  }

  /** Rows read between two moments; counts over a restart start anew. */
  rowsBetween(fromMs: number, toMs: number): number {
    let rows = 0;
    for (const [index, note] of this.#notes.entries()) {
      const before = this.#notes[index - 1];
      if (before === undefined || note.atMs <= fromMs || before.atMs >= toMs) continue;
      rows += note.rows < before.rows ? note.rows : note.rows - before.rows;
    }
    return rows;
  }

  /** The last moment in the window at which rows had been read since the note before; −Infinity = never. */
  lastReadMs(fromMs: number, toMs: number): number {
    return this.#readMoments(fromMs, toMs).at(-1) ?? Number.NEGATIVE_INFINITY;
  }

  /** The first such moment; Infinity = never. */
  firstReadMs(fromMs: number, toMs: number): number {
    return this.#readMoments(fromMs, toMs)[0] ?? Number.POSITIVE_INFINITY;
  }

  #readMoments(fromMs: number, toMs: number): number[] {
    return this.#notes.flatMap(({ atMs, rows }, index) => {
      const before = this.#notes[index - 1]?.rows ?? rows;
      return atMs > fromMs && atMs <= toMs && rows !== before && rows > 0 ? [atMs] : [];
    });
  }

  async #run(): Promise<void> {
    while (this.#isRunning) {
      try {
        const rows = await this.#node.rowsRead();
        this.#notes.push({ atMs: nowMs(), rows });
      } catch {
        // Frozen or gone: that is what is being watched.
      }
      await delay(WATCH_MS);
    }
  }
}

export function watchReads(stage: Stage, node: RedisProcess): ReadWatch {
  const watch = new ReadWatch(node);
  stage.own(() => watch.stop());
  return watch;
}
