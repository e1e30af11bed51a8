/** Writes features as Feast would, with a version that grows, and keeps the ledger. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "./clock.ts";
import type { Stage } from "./stage.ts";
import { entityKey, hashArguments, MOVING_ENTITIES, SETTLED_ENTITIES, SETTLED_VERSION } from "./versioned-data.ts";
import { WriteLedger } from "./write-ledger.ts";
import type { WriteRoute } from "./write-route.ts";

const WRITES_PER_SECOND = 200;
const TICK_MS = 5;

export class Writer {
  readonly ledger = new WriteLedger();
  readonly #route: WriteRoute;
  readonly #perSecond: number;
  readonly #busy = new Set<number>();
  #version = SETTLED_VERSION;
  #next = 0;
  #isRunning = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(route: WriteRoute, perSecond: number) {
    this.#route = route;
    this.#perSecond = perSecond;
  }

  /** The settled set, and a first version of the rest. @throws Error when one is refused */
  async writeAll(): Promise<void> {
    const entities = [...SETTLED_ENTITIES, ...MOVING_ENTITIES];
    const written = await Promise.all(entities.map((entity) => this.#write(entity, SETTLED_VERSION)));
    if (written.includes(false)) throw new Error("Redis did not take the first writes");
  }

  /** Begins (again) to write the moving set; a write that fails is not repeated, the next version follows. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  /** Resolves when no write is under way. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#loop;
    while (this.#busy.size > 0) await delay(TICK_MS);
  }

  async #run(): Promise<void> {
    const startMs = nowMs();
    for (let sent = 0; this.#isRunning; ) {
      const due = Math.floor(((nowMs() - startMs) / 1000) * this.#perSecond);
      // After a stall of this process there is no burst.
      if (due - sent > Math.max(1, this.#perSecond / 10)) sent = due - 1;
      for (; sent < due; sent += 1) this.#writeNext();
      await delay(TICK_MS);
    }
  }

  #writeNext(): void {
    const entity = MOVING_ENTITIES[this.#next] as number;
    this.#next = (this.#next + 1) % MOVING_ENTITIES.length;
    if (this.#busy.has(entity)) return;
    this.#version += 1;
    void this.#write(entity, this.#version);
  }

  async #write(entity: number, version: number): Promise<boolean> {
    this.#busy.add(entity);
    this.ledger.attempt(entity, version);
    try {
      const acknowledged = await this.#route.write(entityKey(entity), hashArguments(entity, version));
      if (acknowledged) this.ledger.acknowledge(entity, version, nowMs());
      return acknowledged;
    } catch {
      // A primary that is down, read-only or moving refuses writes; that is the fault under test, and it is counted.
      this.ledger.refused += 1;
      return false;
    } finally {
      this.#busy.delete(entity);
    }
  }
}

/** A writer whose loop ends with the stage. */
export function createWriter(stage: Stage, route: WriteRoute, perSecond = WRITES_PER_SECOND): Writer {
  const writer = new Writer(route, perSecond);
  stage.own(() => writer.stop());
  return writer;
}
