/** A cluster of two sets without sockets: set 0 has the lower half of the slots, a primary and a replica each. */
import { ClusterReader, type ClusterView } from "../../../../src/store/redis/cluster/cluster-reader.ts";
import { keySlot } from "../../../../src/store/redis/cluster/key-slot.ts";
import { SlotTable } from "../../../../src/store/redis/cluster/slot-table.ts";
import type { ReplicaSet } from "../../../../src/store/redis/routing/replica-set.ts";
import type { WantedSet } from "../../../../src/store/redis/topology/topology.ts";
import { driverKeyHex } from "../lookup-fixture.ts";
import { FakeNode, now, type Rig, rigOf } from "../redis-routing/routing-kit.ts";

const PROJECT = Buffer.from("shop");
const HALF = 8192;

const wanted = (id: string, ...slots: number[]): WantedSet => ({ id, nodes: [], slots });

/** Keys in the lower and in the upper half of the slots. */
export function keysIn(half: 0 | 1, count: number): string[] {
  const keys: string[] = [];
  for (let id = 0; keys.length < count; id += 1) {
    const hex = driverKeyHex(id);
    if (keySlot(Buffer.from(hex, "hex"), PROJECT) < HALF === (half === 0)) keys.push(hex);
  }
  return keys;
}

export class FakeCluster {
  readonly primaries = [new FakeNode("p0"), new FakeNode("p1")] as const;
  readonly replicas = [new FakeNode("r0"), new FakeNode("r1")] as const;
  readonly rigs: readonly Rig[];
  /** A node in no set, which nodeAt knows as well. */
  readonly guest = new FakeNode("guest");
  table: SlotTable | undefined = new SlotTable([wanted("0", 0, HALF - 1), wanted("1", HALF, 2 * HALF - 1)]);
  refreshed = 0;
  readonly named: string[] = [];
  readonly reader: ClusterReader;

  /** @param readFrom roles that are read first */
  constructor(readFrom: "replica_preferred" | "primary") {
    this.rigs = [0, 1].map((index) => {
      const [primary, replica] = [this.primaries[index]!, this.replicas[index]!];
      const rig = rigOf([primary, replica], { readFrom, hedge: { maxRatio: 0, minDelayMs: 1 } });
      rig.says(primary, { role: "primary", linkUp: undefined });
      rig.says(replica);
      return rig;
    });
    for (const node of this.nodes) node.onSend = (read) => node.answer(read, read.isAsking ? 0x0a : 1);
    this.reader = new ClusterReader(PROJECT, this.#view(), now);
  }

  get nodes(): readonly FakeNode[] {
    return [...this.primaries, ...this.replicas, this.guest];
  }

  get sets(): readonly ReplicaSet[] {
    return this.rigs.map(({ set }) => set);
  }

  /** Keys that each node was asked for, those that were asked with ASKING marked, of nodes that were asked at all. */
  asked(): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const { who, sent } of this.nodes) {
      const keys = sent.flatMap(({ lookups, isAsking }) =>
        lookups.flatMap((lookup) => lookup.keys.map((key) => `${isAsking ? "asking " : ""}${key.toString("hex")}`)),
      );
      if (keys.length > 0) found[who.slice("redis ".length)] = keys;
    }
    return found;
  }

  /** The node answers so to these keys, and as before to others. */
  elsewhere(node: FakeNode, text: string, ...keys: readonly string[]): void {
    const { onSend } = node;
    node.onSend = (read) => {
      if (read.isAsking) onSend(read);
      else node.answer(read, 1, (key) => (keys.includes(key.toString("hex")) ? text : undefined));
    };
  }

  close(): void {
    for (const { set, sweep } of this.rigs) {
      set.close();
      sweep.close();
    }
  }

  #view(): ClusterView {
    const cluster = this;
    return {
      get table() {
        return cluster.table;
      },
      get sets() {
        return cluster.sets;
      },
      nodeAt: ({ host }) => {
        cluster.named.push(host);
        const node = cluster.nodes.find(({ who }) => who === `redis ${host}`);
        if (node === undefined) throw new RangeError(host);
        return node.node;
      },
      refresh: () => {
        cluster.refreshed += 1;
      },
    };
  }
}
