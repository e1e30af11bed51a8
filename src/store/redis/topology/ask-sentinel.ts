/** What one sentinel knows about a primary. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import { ServeError } from "../../../model/serve-error.ts";
import { parseMasterAddress, parseSentinelPeers, parseSentinelReplicas } from "../control/parse-sentinel.ts";
import { addressOf, countOf, isList, textOf } from "../control/reply-fields.ts";
import { RespError, type RespValue } from "../lane/resp-value.ts";
import type { NodeLink } from "./node-link.ts";

const TIMEOUT_MS = 500;

/** Addresses as announced. */
export interface SentinelAnswer {
  readonly primary: RedisAddress;
  /** Those that are up first; the primary that is being replaced is one of them. */
  readonly replicas: readonly RedisAddress[];
  /** Why there are no replicas: the user may be allowed to ask for the primary only, as that is all Feast does. */
  readonly refusal: string | undefined;
  /** Other sentinels. */
  readonly peers: readonly RedisAddress[];
  /** Of the configuration: grows with every failover. 0 = not told. */
  readonly epoch: number;
}

/**
 * @param link to the sentinel
 * @param master name of the primary
 * @throws ServeError UNAVAILABLE when it does not answer, does not know the primary, or refuses to say
 */
export async function askSentinel(link: NodeLink, master: string): Promise<SentinelAnswer> {
  const ask = (what: string): Promise<RespValue> => link.ask(["SENTINEL", what, master], TIMEOUT_MS);
  const [address, own, replicas, peers] = await Promise.all([
    ask("GET-MASTER-ADDR-BY-NAME"),
    ask("MASTER"),
    ask("REPLICAS"),
    ask("SENTINELS"),
  ]);
  const primary = parseMasterAddress(address);
  if (primary === undefined) {
    const why = address instanceof RespError ? address.text : `knows no primary ${JSON.stringify(master)}`;
    throw new ServeError("UNAVAILABLE", `${link.who} ${why}`);
  }
  const fields = isList(own) ? own : [];
  const field = (name: string): RespValue | undefined => valueAfter(fields, name);
  const listed = (parseSentinelReplicas(replicas) ?? []).sort((a, b) => Number(a.isDown) - Number(b.isDown));
  // During a failover it already names the new primary, but lists the old one nowhere else than here.
  const current = addressOf(field("ip"), field("port"));
  return {
    primary,
    replicas: [...(current === undefined ? [] : [current]), ...listed.map((it) => it.address)],
    refusal: replicas instanceof RespError ? `${link.who} does not tell its replicas: ${replicas.text}` : undefined,
    peers: parseSentinelPeers(peers)?.map((it) => it.address) ?? [],
    epoch: countOf(field("config-epoch")) ?? 0,
  };
}

/** Of a flat list of names and values. */
function valueAfter(fields: readonly RespValue[], name: string): RespValue | undefined {
  for (let i = 0; i + 1 < fields.length && i < 256; i += 2) if (textOf(fields[i]) === name) return fields[i + 1];
  return undefined;
}
