/** The slot map as one node of a cluster sees it. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import { ServeError } from "../../../model/serve-error.ts";
import { parseClusterSlots, type SlotRange } from "../control/parse-cluster-slots.ts";
import { textOf } from "../control/reply-fields.ts";
import { RespError, type RespValue } from "../lane/resp-value.ts";
import type { NodeLink } from "./node-link.ts";

const TIMEOUT_MS = 500;
const LONGEST_INFO_BYTES = 16 * 1024;

export interface ClusterAnswer {
  readonly ranges: readonly SlotRange[];
  readonly slotCount: number;
  /** The highest configuration that this node has heard of; undefined = not told. */
  readonly epoch: number | undefined;
}

/**
 * @param asked the link's address, which stands for hosts that the cluster does not name
 * @throws ServeError UNAVAILABLE when there is no whole map
 */
export async function askCluster(link: NodeLink, asked: RedisAddress): Promise<ClusterAnswer> {
  const [slots, info] = await Promise.all([
    link.ask(["CLUSTER", "SLOTS"], TIMEOUT_MS),
    // A user may be allowed the one and not the other.
    link.ask(["CLUSTER", "INFO"], TIMEOUT_MS),
  ]);
  if (slots instanceof RespError) throw new ServeError("UNAVAILABLE", `${link.who} CLUSTER SLOTS: ${slots.text}`);
  const ranges = parseClusterSlots(slots, asked);
  if (ranges === undefined) throw new ServeError("UNAVAILABLE", `${link.who} gave a slot map that makes no sense`);
  let slotCount = 0;
  for (const { from, to } of ranges) slotCount += to - from + 1;
  if (slotCount === 0) throw new ServeError("UNAVAILABLE", `${link.who} knows no slots`);
  return { ranges, slotCount, epoch: epochOf(info) };
}

/** cluster.c:genClusterInfoString */
function epochOf(info: RespValue): number | undefined {
  const found = /^cluster_current_epoch:(\d{1,15})\r?$/m.exec(textOf(info, LONGEST_INFO_BYTES) ?? "");
  return found === null ? undefined : Number(found[1]);
}
