/** A Redis Cluster: every slot covered, and the settings that keep it answering while it is not whole. */
import type { InspectedNode } from "../store/redis/inspect/inspect-redis.ts";
import { type Finding, ok, trouble } from "./finding.ts";

const SLOTS = "16384";

export function checkCluster(nodes: readonly InspectedNode[]): Finding[] {
  return nodes.flatMap(({ node, cluster }) => {
    if (cluster === undefined) return [];
    return [coverage(node, cluster.info), ...settings(node, cluster.config)];
  });
}

function coverage(node: string, info: ReadonlyMap<string, string>): Finding {
  if (info.size === 0) {
    return trouble("cluster", "skip", node, "the user may not ask CLUSTER INFO", "allow it (docs/redis.md, Security)");
  }
  const [state, slots, failing] = ["cluster_state", "cluster_slots_ok", "cluster_slots_fail"].map((name) =>
    info.get(name),
  );
  if (state === "ok" && slots === SLOTS) return ok("cluster", node, `all ${SLOTS} slots are covered`);
  const what = `cluster_state ${state}, ${slots} of ${SLOTS} slots are well, ${failing} have no node`;
  return trouble("cluster", "fail", node, what, "bring the missing primaries back, or `redis-cli --cluster fix`");
}

/** Redis' defaults make every node refuse every read while one shard is away. */
function settings(node: string, config: ReadonlyMap<string, string>): Finding[] {
  const wanted = [
    ["cluster-require-full-coverage", "no"],
    ["cluster-allow-reads-when-down", "yes"],
  ] as const;
  return wanted.flatMap(([name, value]) => {
    const is = config.get(name);
    if (is === undefined)
      return [trouble("cluster", "skip", node, `${name} cannot be asked for`, `see that it is ${value}`)];
    if (is === value) return [ok("cluster", node, `${name} ${is}`)];
    const what = `${name} is ${is}: the node refuses every read while the cluster is not whole`;
    return [
      trouble("cluster", "warn", node, what, `CONFIG SET ${name} ${value} on every node (docs/redis.md, Cluster)`),
    ];
  });
}
