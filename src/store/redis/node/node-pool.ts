/** The nodes of a store: one object per address, however often the topology changes. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import { addressKey } from "../topology/address-key.ts";
import type { WantedSet } from "../topology/topology.ts";
import type { RedisNode } from "./redis-node.ts";

/** A guest that no redirection has named for so long goes again. */
const GUEST_FOR_MS = 60_000;
/** More are a cluster that makes addresses up; the one not named for the longest goes. */
const MOST_GUESTS = 16;

export class NodePool {
  readonly #make: (address: RedisAddress, zone: string) => RedisNode;
  readonly #now: () => number;
  readonly #nodes = new Map<string, RedisNode>();
  /** Nodes that are in no set: keys are being moved to them. By key, when they were last named, oldest first. */
  readonly #guests = new Map<string, number>();

  /** @param make a node that is not started */
  constructor(make: (address: RedisAddress, zone: string) => RedisNode, now: () => number) {
    this.#make = make;
    this.#now = now;
  }

  /** All nodes. */
  get nodes(): Iterable<RedisNode> {
    return this.#nodes.values();
  }

  /** The node at the address; one that is in no set is connected to. */
  at(address: RedisAddress): RedisNode {
    const key = addressKey(address);
    let node = this.#nodes.get(key);
    const isGuest = node === undefined || this.#guests.has(key);
    if (node === undefined) {
      node = this.#add(key, address, "");
      node.start();
    }
    if (isGuest) {
      this.#guests.delete(key);
      this.#guests.set(key, this.#now());
      const [oldest] = this.#guests.keys();
      if (this.#guests.size > MOST_GUESTS && oldest !== undefined) this.#drop(oldest);
    }
    return node;
  }

  /**
   * Makes and starts the nodes that are new, closes those that nobody wants any more.
   * @returns the nodes of each set, in order
   */
  reconcile(sets: readonly WantedSet[]): RedisNode[][] {
    const wanted = new Set<string>();
    const fresh: RedisNode[] = [];
    const nodes = sets.map((set) =>
      set.nodes.map(({ address, zone, role }) => {
        const key = addressKey(address);
        wanted.add(key);
        let node = this.#nodes.get(key);
        if (node === undefined) {
          node = this.#add(key, address, zone);
          fresh.push(node);
        }
        // Two nodes may both call themselves primary; the topology knows which one it is.
        node.sync.isRival = role === "replica";
        return node;
      }),
    );
    for (const key of [...this.#nodes.keys()]) {
      if (wanted.has(key)) this.#guests.delete(key);
      else if (this.#now() - (this.#guests.get(key) ?? Number.NEGATIVE_INFINITY) >= GUEST_FOR_MS) this.#drop(key);
    }
    for (const node of fresh) node.start();
    return nodes;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
  }

  #add(key: string, address: RedisAddress, zone: string): RedisNode {
    const node = this.#make(address, zone);
    this.#nodes.set(key, node);
    return node;
  }

  #drop(key: string): void {
    const node = this.#nodes.get(key);
    this.#nodes.delete(key);
    this.#guests.delete(key);
    void node?.close();
  }
}
