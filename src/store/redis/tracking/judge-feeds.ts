/** Which nodes' words about changes may be relied on. Looked at with the nodes themselves, and every few dozen milliseconds. */
import type { RedisNode } from "../node/redis-node.ts";
import type { NodeVerdict } from "../sync/node-sync.ts";

export type FedNode = Pick<RedisNode, "tracking" | "gate" | "oldestSentMs" | "heardMs">;

/** Nodes that hold the same data, just looked at; `verdicts` are in the order of `nodes`. */
export interface FedSet {
  readonly nodes: readonly FedNode[];
  readonly verdicts: readonly NodeVerdict[];
}

/**
 * A node is believed that is in sync, has said so within `max_lag` (one that refuses to say never does), and answers: its gate is
 * closed, and the connection over which changes would come is not silent. Also one that reads do not go to because `read_from`
 * prefers others: its rows are as good as they were.
 */
export function judgeFeeds({ nodes, verdicts }: FedSet, maxLagMs: number, nowMs: number): void {
  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i]!;
    const { tracking, gate } = node;
    if (!tracking.isOn) continue;
    const { serves, isFresh, role } = verdicts[i]!;
    // Nothing due = −Infinity; a PING is due every 250 ms at the latest.
    const quietMs = nowMs - Math.max(node.oldestSentMs, node.heardMs(false));
    if (serves === "yes" && isFresh && gate.isClosed && quietMs <= maxLagMs)
      tracking.believed(role, gate.opened, nowMs + maxLagMs);
    else tracking.doubted();
  }
}
