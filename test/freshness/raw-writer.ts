/** Writes, deletes and expires the hot rows at random (write-acts.ts). Which acts follow each other comes from the seed. */
import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { nowMs } from "../faults/clock.ts";
import { connectRedis } from "../faults/connect-redis.ts";
import type { Stage } from "../faults/stage.ts";
import { createRandom, type Random } from "../helpers/random.ts";
import { ENTITIES, entityKey, hashArguments, VIEWS } from "./hot-data.ts";
import type { VersionClock } from "./version-clock.ts";
import { type Act, type Command, chosenAct, type RowWriter, write } from "./write-acts.ts";

const TICK_MS = 5;
const MOST_AT_ONCE = 4;
/** Now and then all rest for a while: what is old then stays old, and shows. */
const BUSY_MS = 1_000;
const REST_MS = 450;
/** Of the sidecar's reads. */
const CHASED_SHARE = 0.03;
export interface RawWriterOptions {
  readonly port: number;
  readonly seed: number;
  readonly versions: VersionClock;
  readonly actsPerSecond: number;
}

export class RawWriter implements RowWriter {
  readonly random: Random;
  /** Commands by name. */
  readonly counts = new Map<string, number>();
  refused = 0;
  readonly #options: RawWriterOptions;
  readonly #connections = new Map<number, Redis>();
  #port: number;
  #isRunning = false;
  #isResting = false;
  #loop: Promise<void> = Promise.resolve();
  #underWay = 0;

  constructor(options: RawWriterOptions) {
    this.#options = options;
    this.#port = options.port;
    this.random = createRandom(options.seed);
  }

  /** All rows. @throws Error when one is refused */
  async writeAll(): Promise<void> {
    for (const entity of ENTITIES.keys()) await this.writeEntity(entity);
    if (this.refused > 0) throw new Error("Redis did not take the first writes");
  }

  /** Begins (again). @param port from now on to this node; default: as before */
  start(port = this.#port): void {
    this.#port = port;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#loop = this.#run();
  }

  /** The sidecar reads this entity right now: some of its rows are written before it has the answer. */
  readSeen(entity: number): void {
    if (this.#isRunning && !this.#isResting && this.random.next() < CHASED_SHARE) this.#start(write, entity);
  }

  /** Resolves when no command is under way. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#loop;
    while (this.#underWay > 0) await delay(TICK_MS);
  }

  async writeEntity(entity: number): Promise<void> {
    await this.send(...Array.from({ length: VIEWS }, (_, view) => this.rowCommand(entity, view)));
  }

  rowCommand(entity: number, view: number): Command {
    return ["HSET", entityKey(entity), ...hashArguments(entity, view, this.#options.versions.next())];
  }

  /** In one go; what is refused is counted. */
  async send(...commands: readonly Command[]): Promise<void> {
    const pipeline = this.#connection().pipeline();
    for (const [name, ...args] of commands) pipeline.call(name, ...args);
    try {
      for (const [index, [error]] of ((await pipeline.exec()) ?? []).entries()) {
        const name = (commands[index] as Command)[0];
        if (error !== null) this.refused += 1;
        else this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      }
    } catch {
      this.refused += commands.length;
    }
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.disconnect();
  }

  async #run(): Promise<void> {
    const { random } = this;
    const startMs = nowMs();
    for (let sent = 0; this.#isRunning; await delay(TICK_MS)) {
      const passedMs = nowMs() - startMs;
      this.#isResting = passedMs % (BUSY_MS + REST_MS) >= BUSY_MS;
      const due = this.#isResting ? 0 : Math.floor((passedMs / 1000) * this.#options.actsPerSecond);
      // No burst after a rest, or after a stall of this process.
      sent = Math.max(sent, due - MOST_AT_ONCE);
      for (; sent < due; sent += 1) {
        this.#start(chosenAct(random), random.below(ENTITIES.length));
      }
    }
  }

  #start(act: Act, entity: number): void {
    this.#underWay += 1;
    void act(this, entity).finally(() => {
      this.#underWay -= 1;
    });
  }

  #connection(): Redis {
    let connection = this.#connections.get(this.#port);
    if (connection === undefined) {
      connection = connectRedis(this.#port);
      this.#connections.set(this.#port, connection);
    }
    return connection;
  }
}

/** A writer whose loop ends with the stage. */
export function createRawWriter(stage: Stage, options: RawWriterOptions): RawWriter {
  const writer = new RawWriter(options);
  stage.own(async () => {
    await writer.stop();
    writer.close();
  });
  return writer;
}
