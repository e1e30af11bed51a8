/**
 * Reads CLUSTER SLOTS (cluster.c:clusterReplyMultiBulkSlots). Not CLUSTER SHARDS, which needs Redis 7 and leaves it to the client
 * to tell TLS ports from others and failed replicas from good ones; SLOTS names the port of the kind that one is connected to.
 */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { RespValue } from "../lane/resp-value.ts";
import { addressText } from "./address-map.ts";
import { addressOf, idOf, integerOf, isList, textOf } from "./reply-fields.ts";

const SLOTS = 16_384;
const MOST_REPLICAS = 64;

export interface ClusterNode {
  /** Stays when the address changes. */
  readonly id: string;
  /** As announced; undefined = the cluster says that it has none that clients could use. */
  readonly address: RedisAddress | undefined;
}

/** Slots `from … to`, both included. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly primary: ClusterNode;
  readonly replicas: readonly ClusterNode[];
}

/**
 * @param reply of CLUSTER SLOTS
 * @param asked the address it was asked at, which stands for hosts that the cluster does not know
 * @returns the ranges in the reply's order (none: the node knows no slots); undefined when any of it is not of this form, because
 *   half a map would send keys nowhere
 */
export function parseClusterSlots(reply: RespValue, asked: RedisAddress): SlotRange[] | undefined {
  if (!isList(reply) || reply.length > SLOTS) return undefined;
  const ranges: SlotRange[] = [];
  for (const entry of reply) {
    const range = rangeOf(entry, asked);
    if (range === undefined) return undefined;
    ranges.push(range);
  }
  return ranges;
}

function rangeOf(entry: RespValue, asked: RedisAddress): SlotRange | undefined {
  if (!isList(entry) || entry.length > 3 + MOST_REPLICAS) return undefined;
  const from = integerOf(entry[0]);
  const to = integerOf(entry[1]);
  if (from === undefined || to === undefined || from < 0 || from > to || to >= SLOTS) return undefined;
  const [primary, ...replicas] = entry.slice(2).map((node) => nodeOf(node, asked));
  if (primary === undefined || replicas.includes(undefined)) return undefined;
  return { from, to, primary, replicas: replicas as ClusterNode[] };
}

/** Endpoint, port, id and further networking data, which is of no use: the endpoint is what the operator wants used. */
function nodeOf(entry: RespValue, asked: RedisAddress): ClusterNode | undefined {
  if (!isList(entry)) return undefined;
  const [endpoint, port] = entry;
  const host = endpoint === null ? "" : textOf(endpoint);
  const portNumber = integerOf(port);
  if (host === undefined || portNumber === undefined) return undefined;
  // Null: `cluster-preferred-endpoint-type unknown-endpoint`. Empty: the node has not learned its own address yet.
  const address = addressOf(host === "" ? asked.host : host, port);
  // Something that stands for Redis may give no id.
  const id = idOf(entry[2]) ?? (address === undefined ? undefined : addressText(address));
  return id === undefined ? undefined : { id, address };
}
