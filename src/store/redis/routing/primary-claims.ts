/**
 * Which of several nodes that call themselves primary is the one, where no Sentinel and no cluster says so: a replica that was started
 * without its `replicaof`, or cut off by `REPLICAOF NO ONE`, calls itself primary too, and has no data or old data.
 */
import type { RedisNode } from "../node/redis-node.ts";
import type { SyncSample } from "../sync/node-sync.ts";

export class PrimaryClaims {
  #leader: RedisNode | undefined;

  /** A node says what it is: to be called before that is believed, because a primary sets the mark for all. */
  hear(node: RedisNode, { role }: SyncSample): void {
    if (role !== "primary") node.sync.isRival = false;
    else if (this.#leader !== node && this.#leader !== undefined && claims(this.#leader)) node.sync.isRival = true;
  }

  /**
   * The leader stays while it is connected and calls itself primary. The configured node, which is the first, takes it over unless
   * it is empty: it may have been started anew without its data while another one was promoted.
   */
  settle(nodes: readonly RedisNode[]): void {
    const claimants = nodes.filter(claims);
    if (this.#leader !== undefined && !claimants.includes(this.#leader)) this.#leader = undefined;
    const [configured] = nodes;
    if (configured !== undefined && claims(configured) && configured.lastSample?.keys !== 0) this.#leader = configured;
    this.#leader ??= claimants.find((node) => node.lastSample?.keys !== 0) ?? claimants[0];
    for (const node of claimants) node.sync.isRival = node !== this.#leader;
  }
}

function claims(node: RedisNode): boolean {
  return node.isUp && node.sync.role === "primary";
}
