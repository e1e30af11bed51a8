/** Notes everything that changes on one node, with the time at which the node itself did it (MONITOR). */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { nowMs } from "../faults/clock.ts";
import { connectRedis } from "../faults/connect-redis.ts";
import type { RedisProcess } from "../faults/redis-process.ts";
import type { Stage } from "../faults/stage.ts";
import { until } from "../faults/until.ts";
import { ABSENT, ENTITIES, entityKey, timestampField, VIEWS, versionOfTimestamp } from "./hot-data.ts";
import { eventsOf, readOf } from "./monitor-line.ts";
import type { NodeDump, NodeEvent } from "./node-event.ts";
import { epochMs } from "./server-clock.ts";

const ATTACH_TIMEOUT_MS = 5_000;
const TIMESTAMP_FIELDS = Array.from({ length: VIEWS }, (_, view) => timestampField(view));

export class NodeWatch {
  readonly node: RedisProcess;
  readonly events: NodeEvent[] = [];
  /** Why something may have gone unseen, "" = nothing has. */
  problem = "";
  /** Somebody may kill its connection (a Sentinel does): it is made anew, and what went unseen is asked for. */
  comesBack = false;
  /** Told of each row that is read with HMGET. */
  onRead: (entity: number) => void = () => {};
  readonly #toMs: (serverMs: number) => number;
  #socket: Socket | undefined;
  #comingBack: Promise<void> = Promise.resolve();

  /** @param toMs from epoch milliseconds of the servers to the clock of `nowMs` */
  constructor(node: RedisProcess, toMs: (serverMs: number) => number) {
    this.node = node;
    this.#toMs = toMs;
  }

  /** Begins to note, as soon as the node takes connections. */
  async attach(): Promise<void> {
    this.#socket = await until(`MONITOR of ${this.node.port}`, ATTACH_TIMEOUT_MS, () => this.#monitor());
  }

  /** Resolves when no connection is being made anew. */
  async settled(): Promise<void> {
    await this.#comingBack;
  }

  /** The node is about to be killed. */
  detach(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  /** Notes what the node has now, at one moment. @param sinceMs its changes may have gone unseen since then; default: not at all */
  async adopt(sinceMs = Number.POSITIVE_INFINITY): Promise<void> {
    const { atMs, dump } = await this.dump();
    this.events.push({ kind: "dump", atMs, sinceMs: Math.min(sinceMs, atMs), dump });
  }

  /** From now on it deletes what has expired by itself, or waits for its primary to do so. */
  role(isPrimary: boolean, atMs: number): void {
    this.events.push({ kind: "role", atMs, isPrimary });
  }

  /** What the node has, all at one moment. */
  async dump(): Promise<{ readonly atMs: number; readonly dump: NodeDump }> {
    const redis = connectRedis(this.node.port);
    try {
      const multi = redis.multi().time();
      for (const entity of ENTITIES.keys()) {
        multi.hmgetBuffer(entityKey(entity), ...TIMESTAMP_FIELDS).pttl(entityKey(entity));
      }
      const [time, ...replies] = ((await multi.exec()) ?? []).map(([error, reply]) => {
        if (error !== null) throw error;
        return reply;
      });
      const atMs = this.#toMs(epochMs(time as unknown[]));
      const states = ENTITIES.flatMap((_, entity) =>
        (replies[2 * entity] as (Buffer | null)[]).map((bytes) =>
          bytes === null ? ABSENT : versionOfTimestamp(bytes),
        ),
      );
      const expiryMs = ENTITIES.map((_, entity) => {
        const ttlMs = Number(replies[2 * entity + 1]);
        return ttlMs < 0 ? Number.POSITIVE_INFINITY : atMs + ttlMs;
      });
      return { atMs, dump: { states, expiryMs } };
    } finally {
      redis.disconnect();
    }
  }

  async #comeBack(lostMs: number): Promise<void> {
    try {
      await this.attach();
      await this.adopt(lostMs);
    } catch (error) {
      this.problem ||= String(error);
    }
  }

  #note(line: string): void {
    const read = readOf(line);
    if (read !== undefined) this.onRead(read);
    else for (const event of eventsOf(line, this.#toMs)) this.events.push(event);
  }

  async #monitor(): Promise<Socket | undefined> {
    const socket = connect(this.node.port, "127.0.0.1");
    socket.setEncoding("latin1");
    let rest = "";
    let isOn = false;
    socket.on("data", (text: string) => {
      const lines = (rest + text).split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!isOn) isOn = line === "+OK";
        else this.#note(line);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      if (this.comesBack) this.#comingBack = this.#comingBack.then(() => this.#comeBack(nowMs()));
      else this.problem ||= `the watch of node ${this.node.port} was lost`;
    });
    const closed = once(socket, "close");
    await Promise.race([once(socket, "connect"), closed]);
    socket.write("MONITOR\r\n");
    while (!isOn && !socket.destroyed) await Promise.race([once(socket, "data"), closed]);
    return isOn ? socket : undefined;
  }
}

/** Watches a node until the stage closes, from what it has now on. */
export async function watchNode(
  stage: Stage,
  node: RedisProcess,
  toMs: (serverMs: number) => number,
): Promise<NodeWatch> {
  const watch = new NodeWatch(node, toMs);
  stage.own(() => watch.detach());
  await watch.attach();
  await watch.adopt(Number.NEGATIVE_INFINITY);
  return watch;
}
