/** The nodes of a Redis connection string, judged by what `redis_type` makes of them. */
import type { RedisAddress, RedisSettings } from "../model/redis-settings.ts";
import type { ConnectionString } from "./redis-connection-string.ts";

type Node = ConnectionString["nodes"][number];

const EXPECTED = "expected host:port first, then option=value, separated by commas; there is no URL form and no IPv6";
const NO_COMMA = "a password cannot hold a comma";

/**
 * feast/infra/online_stores/redis.py:RedisOnlineStore._get_client: a plain Redis is the first node, a cluster has all as seeds,
 * Sentinel has all as sentinels. A node that stands there twice counts once.
 * @param problems gets a sentence without any text of the nodes: they may be pieces of a password
 * @param warnings the same
 */
export function readNodes(
  nodes: readonly Node[],
  kind: RedisSettings["kind"],
  problems: string[],
  warnings: string[],
): RedisAddress[] {
  if (nodes.length === 0) problems.push(`there is no node; ${EXPECTED}`);
  if (kind === "plain" && nodes.length > 1) {
    warnings.push(
      `it has more than one part without \`=\`: with redis_type redis only the first node is used (and ${NO_COMMA})`,
    );
  }
  const found = new Map<string, RedisAddress>();
  for (const [index, { host, port }] of (kind === "plain" ? nodes.slice(0, 1) : nodes).entries()) {
    const why = faultOf({ host, port }, index === 0 ? "the first node" : `node ${index + 1}`);
    if (why === undefined) found.set(`${host}:${Number(port)}`, { host, port: Number(port) });
    else problems.push(`${why}${index === 0 ? "" : ` (${NO_COMMA})`}; ${EXPECTED}`);
  }
  return [...found.values()];
}

function faultOf({ host, port }: Node, which: string): string | undefined {
  if (port === undefined) return `${which} has no port`;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return `the port of ${which} is not a number from 1 to 65535`;
  }
  return /^[^\s/[\]]+$/.test(host) ? undefined : `the host of ${which} is not a host name`;
}
