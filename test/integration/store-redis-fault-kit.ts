/** A Redis store beside a fake that misbehaves on demand, and reads whose errors are looked at. */
import { expect, vi } from "vitest";
import type { StoreState } from "../../src/model/feature-store.ts";
import type { RedisSettings } from "../../src/model/redis-settings.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { FakeRedis, type Reaction } from "../fakes/fake-redis.ts";
import { noteChanges } from "../fakes/state-log.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../unit/store/lookup-fixture.ts";

const SHAPE = shapeOf(["driver_stats", "conv_rate"]);
const ASK = [lookupOf(SHAPE, driverKeyHex(1))];

export const PASSWORD = "pa55-word";

export interface Outcome {
  readonly code: string;
  readonly message: string;
  readonly tookMs: number;
}

export class FaultRig {
  readonly fake: FakeRedis;
  readonly port: number;
  readonly states: StoreState[] = [];
  /** For the pauses between attempts: 0 = half a pause. */
  random = 0;
  #store: RedisStore | undefined;

  private constructor(fake: FakeRedis, port: number) {
    this.fake = fake;
    this.port = port;
  }

  static async open(): Promise<FaultRig> {
    const fake = new FakeRedis();
    return new FaultRig(fake, await fake.listen());
  }

  /** The store, which is not started. */
  make(settings: Partial<RedisSettings> = {}): RedisStore {
    const defaults = { ...plainRedis("127.0.0.1", this.port), connectTimeoutMs: 500, password: PASSWORD };
    const deps = { now: () => performance.now(), random: () => this.random };
    this.#store = new RedisStore({ ...defaults, ...settings }, "shop", deps);
    return this.#store;
  }

  start(settings: Partial<RedisSettings> = {}): RedisStore {
    const store = this.make(settings);
    store.start(noteChanges(this.states));
    return store;
  }

  async startUp(settings: Partial<RedisSettings> = {}): Promise<RedisStore> {
    const store = this.start(settings);
    await vi.waitFor(() => expect(this.states.at(-1)).toBe("up"), 5000);
    return store;
  }

  /** Outcome of a read, with how long it took; no error may ever carry the password. */
  async read(timeoutMs = Number.POSITIVE_INFINITY): Promise<Outcome> {
    const before = performance.now();
    const outcome: unknown = await this.#store!.read(ASK, before + timeoutMs).catch((error: unknown) => error);
    const tookMs = performance.now() - before;
    if (!(outcome instanceof Error))
      return { code: "OK", message: rowHex((outcome as never)[0], SHAPE, 0).join(), tookMs };
    expect(`${outcome.message} ${JSON.stringify(outcome)} ${String(outcome.cause)}`).not.toContain(PASSWORD);
    return { code: (outcome as never)["code"], message: outcome.message, tookMs };
  }

  onHmget(reaction: Reaction): void {
    this.fake.react = (name) => (name === "HMGET" ? reaction : { kind: "reply" });
  }

  /** The row that is read. */
  write(hex: string): void {
    this.fake.hashes.set(`${driverKeyHex(1)}73686f70`, new Map([["fa731014", Buffer.from(hex, "hex")]]));
  }

  async close(): Promise<void> {
    await this.#store?.close();
    await this.fake.close();
  }
}
