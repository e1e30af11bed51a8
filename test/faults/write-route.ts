/** Where a write goes: to the one primary, or to the primary of the key's slot. */
import type { Redis } from "ioredis";
import { connectRedis, type RedisAccess } from "./connect-redis.ts";
import { keySlot } from "./key-slot.ts";
import type { Stage } from "./stage.ts";

/** How long a write waits for its replicas. */
const WAIT_MS = 200;
const MAX_REDIRECTS = 5;

export interface WriteRoute {
  /** HSET. @returns whether it is acknowledged by as many replicas as were asked for @throws Error when it was refused */
  write(key: Buffer, pairs: readonly Buffer[]): Promise<boolean>;
}

abstract class Route {
  /** Replicas that must have a write before it counts as acknowledged: what a failover may not lose. */
  replicas = 0;
  readonly #access: RedisAccess;
  readonly #connections = new Map<number, Redis>();

  constructor(stage: Stage, access: RedisAccess) {
    this.#access = access;
    stage.own(() => {
      for (const connection of this.#connections.values()) connection.disconnect();
    });
  }

  protected connection(port: number): Redis {
    let connection = this.#connections.get(port);
    if (connection === undefined) {
      connection = connectRedis(port, this.#access);
      this.#connections.set(port, connection);
    }
    return connection;
  }

  protected async writeTo(port: number, key: Buffer, pairs: readonly Buffer[], asking: boolean): Promise<boolean> {
    const pipeline = this.connection(port).pipeline();
    if (asking) pipeline.call("ASKING");
    pipeline.hset(key, ...pairs);
    if (this.replicas > 0) pipeline.wait(this.replicas, WAIT_MS);
    const replies = (await pipeline.exec()) ?? [];
    for (const [error] of replies) if (error !== null) throw error;
    return this.replicas === 0 || Number(replies.at(-1)?.[1]) >= this.replicas;
  }
}

/** All keys on one primary, which a test may change when another one was promoted. */
export class PrimaryRoute extends Route implements WriteRoute {
  port: number;

  constructor(stage: Stage, port: number, access: RedisAccess = {}) {
    super(stage, access);
    this.port = port;
  }

  write(key: Buffer, pairs: readonly Buffer[]): Promise<boolean> {
    return this.writeTo(this.port, key, pairs, false);
  }
}

/** A cluster, by its slot map; follows MOVED and ASK. */
export class ClusterRoute extends Route implements WriteRoute {
  readonly #portOfSlot: number[];

  /** @param portOfSlot the primary of each of the 16384 slots at the start */
  constructor(stage: Stage, portOfSlot: readonly number[]) {
    super(stage, {});
    this.#portOfSlot = [...portOfSlot];
  }

  /** After a promotion that no MOVED has told of yet. */
  replace(oldPort: number, newPort: number): void {
    for (const [slot, port] of this.#portOfSlot.entries()) if (port === oldPort) this.#portOfSlot[slot] = newPort;
  }

  async write(key: Buffer, pairs: readonly Buffer[]): Promise<boolean> {
    const slot = keySlot(key);
    let port = this.#portOfSlot[slot] as number;
    let asking = false;
    for (let redirects = 0; ; redirects += 1) {
      try {
        return await this.writeTo(port, key, pairs, asking);
      } catch (error) {
        const redirect = /^(MOVED|ASK) \d+ .*:(\d+)$/.exec((error as Error).message);
        if (redirect === null || redirects === MAX_REDIRECTS) throw error;
        port = Number(redirect[2]);
        asking = redirect[1] === "ASK";
        if (!asking) this.#portOfSlot[slot] = port;
      }
    }
  }
}
