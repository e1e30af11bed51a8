/** Reads INFO (server.c:genRedisInfoString). */
import type { RespValue } from "../lane/resp-value.ts";
import type { NodeReport, NodeRole, ReportedReplica } from "./node-report.ts";
import { addressOf, countOf, idOf, textOf } from "./reply-fields.ts";

/** All sections of a server with thousands of replicas stay under this. */
const LONGEST_INFO_BYTES = 1024 * 1024;
const MOST_REPLICAS = 1024;

/**
 * @param reply of INFO, with the sections server, replication, persistence and keyspace among others
 * @param db the database whose keys count
 * @returns undefined when the reply is an error or no text; a field that is absent or makes no sense is undefined
 */
export function parseInfo(reply: RespValue, db: number): NodeReport | undefined {
  const text = Buffer.isBuffer(reply) ? textOf(reply, LONGEST_INFO_BYTES) : undefined;
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  const replicas: ReportedReplica[] = [];
  let hasKeyspace = false;
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon < 0) {
      // An empty database has no line; that the section was asked for shows in its headline.
      hasKeyspace ||= line === "# Keyspace";
      continue;
    }
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1);
    fields.set(name, value);
    if (/^slave\d+$/.test(name) && replicas.length < MOST_REPLICAS) {
      const replica = replicaOf(value);
      if (replica !== undefined) replicas.push(replica);
    }
  }
  const role = roleOf(fields);
  const isReplica = role === "replica";
  const link = fields.get("master_link_status");
  return {
    role,
    runId: idOf(fields.get("run_id")),
    replId: idOf(fields.get("master_replid")),
    offset: countOf(fields.get(isReplica ? "slave_repl_offset" : "master_repl_offset")),
    linkUp: isReplica && link !== undefined ? link === "up" : undefined,
    isLoading: flagOf(fields.get("loading")),
    isSyncing: isReplica ? flagOf(fields.get("master_sync_in_progress")) : undefined,
    keys: hasKeyspace ? keysOf(fields.get(`db${db}`)) : undefined,
    primary: isReplica ? addressOf(fields.get("master_host"), fields.get("master_port")) : undefined,
    replicas,
  };
}

function roleOf(fields: ReadonlyMap<string, string>): NodeRole | undefined {
  if (fields.get("redis_mode") === "sentinel") return "sentinel";
  const role = fields.get("role");
  if (role === "master") return "primary";
  return role === "slave" ? "replica" : undefined;
}

function flagOf(text: string | undefined): boolean | undefined {
  return text === "1" ? true : text === "0" ? false : undefined;
}

/** `keys=1,expires=0,avg_ttl=0` */
function keysOf(line: string | undefined): number | undefined {
  return line === undefined ? 0 : countOf(pairsOf(line).get("keys"));
}

/** `ip=127.0.0.1,port=6380,state=online,offset=28,lag=0`; `ip` may be a name (replica-announce-ip). */
function replicaOf(line: string): ReportedReplica | undefined {
  const pairs = pairsOf(line);
  const address = addressOf(pairs.get("ip"), pairs.get("port"));
  return address === undefined ? undefined : { address, isOnline: pairs.get("state") === "online" };
}

function pairsOf(line: string): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of line.split(",", 16)) {
    const equals = pair.indexOf("=");
    if (equals > 0) pairs.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return pairs;
}
