/** Nodes without sockets and a set of them, on the fake clock of vitest. */
import type { Lookup } from "../../../../src/model/lookup.ts";
import type { RedisAddress } from "../../../../src/model/redis-settings.ts";
import { ServeError } from "../../../../src/model/serve-error.ts";
import type { PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";
import type { RedisNode } from "../../../../src/store/redis/node/redis-node.ts";
import { LatencyEstimate } from "../../../../src/store/redis/routing/latency-estimate.ts";
import { NodeGate } from "../../../../src/store/redis/routing/node-gate.ts";
import { ReplicaSet, type SetOptions } from "../../../../src/store/redis/routing/replica-set.ts";
import { NodeSync, type SyncSample } from "../../../../src/store/redis/sync/node-sync.ts";
import { DueSweep } from "../../../../src/timing/due-sweep.ts";
import { SpanPool } from "../../../../src/wire/span-pool.ts";
import { plainRedis } from "../../../helpers/redis-settings.ts";
import { driverKeyHex, lookupOf, shapeOf } from "../lookup-fixture.ts";
import { replicaSample } from "../redis-sync/sync-kit.ts";

export const now = (): number => Date.now();

export const SHAPE = shapeOf(["v", "f"]);
export const SMALL: readonly Lookup[] = [lookupOf(SHAPE, driverKeyHex(1))];
/** 4,000 cells. */
export const LARGE: readonly Lookup[] = [
  { shape: SHAPE, keys: Array.from({ length: 2000 }, (_, id) => Buffer.from(driverKeyHex(id), "hex")) },
];

/** What routing sees of a RedisNode, its connection played by the test. */
export class FakeNode {
  readonly who: string;
  readonly address: RedisAddress;
  readonly zone = "";
  readonly runId: string;
  readonly gate = new NodeGate(() => 1);
  readonly latency = new LatencyEstimate();
  readonly sync = new NodeSync();
  isUp = true;
  isComing = false;
  lastByteMs = now();
  /** Small reads and probes without an answer. */
  readonly outstandingMs: number[] = [];
  readonly sent: PendingRead[] = [];
  readonly probes: number[] = [];
  started = 0;
  closed = 0;
  /** What becomes of a read as soon as it is sent. */
  onSend: (read: PendingRead) => void = () => {};

  constructor(name: string) {
    this.who = `redis ${name}`;
    this.runId = name;
    this.address = { host: name, port: 6379 };
    this.sync.connected(1);
  }

  get node(): RedisNode {
    return this as unknown as RedisNode;
  }

  get latest(): PendingRead {
    return this.sent.at(-1)!;
  }

  get oldestSentMs(): number {
    return this.outstandingMs[0] ?? Number.POSITIVE_INFINITY;
  }

  heardMs(_isLarge: boolean): number {
    return this.lastByteMs;
  }

  unavailable(): ServeError {
    return new ServeError("UNAVAILABLE", `${this.who} cannot be reached: refused`);
  }

  start(): void {
    this.started += 1;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  send(read: PendingRead): void {
    this.sent.push(read);
    if (!read.isLarge) {
      this.latency.sent();
      this.outstandingMs.push(read.sentMs);
      this.gate.readSent(read.sentMs);
    }
    this.onSend(read);
  }

  probe(nowMs: number): void {
    this.probes.push(nowMs);
    this.gate.readSent(nowMs);
  }

  /** Replies to a read: each cell holds `byte`, or is absent; a redirection where `elsewhere` says so. */
  answer(read: PendingRead, byte = 1, elsewhere: (key: Buffer) => string | undefined = () => undefined): void {
    this.#replied(read);
    if (read.isLarge) read.open();
    const { lookups } = read;
    for (const { shape, keys } of lookups) {
      if (shape.stride === 0) continue;
      for (const key of keys) {
        if (read.settled) return;
        const text = elsewhere(key);
        if (text === undefined) row(read, byte);
        else read.redirected(text);
      }
    }
  }

  /** The connection is up as before, the answer is an error. */
  refuse(read: PendingRead, word: string): void {
    this.#replied(read);
    read.fail(new ServeError("UNAVAILABLE", `${this.who} answered: ${word} because`), word);
  }

  /** The connection breaks. */
  break(): void {
    this.isUp = false;
    this.sync.lost();
    this.gate.broken(now());
    for (const read of this.sent) read.fail(this.unavailable());
  }

  #replied(read: PendingRead): void {
    this.lastByteMs = now();
    this.gate.heard(now(), read.sentMs);
    if (read.isLarge) return;
    this.outstandingMs.shift();
    this.latency.answered(now() - read.sentMs, now());
  }
}

function row(read: PendingRead, byte: number): void {
  const { key, stride, spans } = read;
  read.sources[key] = Buffer.alloc(stride, Math.max(0, byte));
  for (let slot = 0; slot < stride; slot += 1) {
    const at = 2 * (key * stride + slot);
    spans[at] = byte < 0 ? -1 : slot;
    spans[at + 1] = byte < 0 ? -1 : slot + 1;
  }
  read.rowDone();
}

export interface Rig {
  readonly set: ReplicaSet;
  readonly sweep: DueSweep;
  /** How often it changed whether any node may serve. */
  serving: number;
  /** The node says this of itself. */
  says(node: FakeNode, changes?: Partial<SyncSample>): void;
}

export function rigOf(nodes: readonly FakeNode[], changes: Partial<SetOptions> = {}): Rig {
  const sweep = new DueSweep(now);
  const rig = { serving: 0 };
  const { hedge, retry, readFrom, zone, maxLagMs } = plainRedis("h", 1);
  const set = new ReplicaSet({
    rolesAreTold: true,
    ...{ hedge, retry, readFrom, zone, maxLagMs, nodeTimeoutMs: 5 },
    ...{ sweep, spans: new SpanPool(), now, onJudged: () => {} },
    onServing: () => {
      rig.serving += 1;
    },
    ...changes,
  });
  set.setNodes(nodes.map(({ node }) => node));
  return Object.assign(rig, {
    set,
    sweep,
    says: (node: FakeNode, said: Partial<SyncSample> = {}) =>
      set.reported(node.node, replicaSample(node.sync, now(), said)),
  });
}

/** Nodes that serve, each with a latency that is known to be 1 ms. */
export function servingNodes(count: number): FakeNode[] {
  return Array.from({ length: count }, (_, index) => {
    const node = new FakeNode(`n${index}`);
    node.sync.unsampled();
    for (let i = 0; i < 16; i += 1) {
      node.latency.sent();
      node.latency.answered(1, now());
    }
    return node;
  });
}

/** How a read ended: the first cell in hex, or code and message. */
export async function outcomeOf(read: ReturnType<ReplicaSet["read"]>): Promise<string> {
  return read.then(
    ([block]) => (block!.spans[0]! < 0 ? "nil" : block!.sources[0]!.toString("hex", 0, 1)),
    (error: ServeError) => `${error.code}: ${error.message}`,
  );
}
