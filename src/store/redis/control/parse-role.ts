/** Reads ROLE (replication.c:roleCommand), which users may ask for who are not allowed INFO. */
import type { RespValue } from "../lane/resp-value.ts";
import type { NodeReport, ReportedReplica } from "./node-report.ts";
import { addressOf, countOf, isList, textOf } from "./reply-fields.ts";

const MOST_REPLICAS = 1024;

const NOTHING_KNOWN: NodeReport = {
  role: undefined,
  runId: undefined,
  replId: undefined,
  offset: undefined,
  linkUp: undefined,
  isLoading: undefined,
  isSyncing: undefined,
  keys: undefined,
  primary: undefined,
  replicas: [],
};

/**
 * @param reply of ROLE
 * @returns what it tells; undefined when it is an error or of no known form
 */
export function parseRole(reply: RespValue): NodeReport | undefined {
  if (!isList(reply)) return undefined;
  const [role, second, third, state, offset] = reply;
  switch (textOf(role)) {
    case "master":
      return { ...NOTHING_KNOWN, role: "primary", offset: countOf(second), replicas: replicasOf(third) };
    case "slave": {
      // `connect`, `connecting`, `handshake`, `sync`, `connected`; `none` and `unknown` say nothing.
      const link = textOf(state);
      return {
        ...NOTHING_KNOWN,
        role: "replica",
        primary: addressOf(second, third),
        linkUp: link === undefined ? undefined : link === "connected",
        isSyncing: link === undefined ? undefined : link === "sync",
        offset: countOf(offset),
      };
    }
    case "sentinel":
      return { ...NOTHING_KNOWN, role: "sentinel" };
    default:
      return undefined;
  }
}

/** Lists of host, port, offset; Redis leaves out those that are not online. */
function replicasOf(list: RespValue | undefined): ReportedReplica[] {
  if (!isList(list)) return [];
  const replicas: ReportedReplica[] = [];
  for (const entry of list.slice(0, MOST_REPLICAS)) {
    const address = isList(entry) ? addressOf(entry[0], entry[1]) : undefined;
    if (address !== undefined) replicas.push({ address, isOnline: true });
  }
  return replicas;
}
