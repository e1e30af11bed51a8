/** The store as the sidecar itself sees it: reachable, which nodes it would read, whether they tell what changes. */
import type { NodeFigures, StoreFigures, StoreState } from "../model/feature-store.ts";
import { type Finding, ok, trouble } from "./finding.ts";

/** More than a handful says nothing new. */
const MOST_PROBLEMS = 5;

export interface StoreFacts {
  readonly type: string;
  /** Nodes, or the file. */
  readonly where: string;
  readonly state: StoreState;
  /** What failed on the way, in words without secrets. */
  readonly problems: readonly string[];
  readonly figures: StoreFigures | undefined;
}

/** What a node's own findings say as well. */
const SAID_BELOW = /does not tell what changes|does not say how far its data is/;

const ADVICE_BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /WRONGPASS|NOAUTH|invalid password|credentials/i,
    "correct user and password, or run the credential_command by hand",
  ],
  [
    /certificate|altname|self.signed|SSL|TLS/i,
    "set redis.tls.ca and redis.tls.server_name to fit the nodes' certificates",
  ],
  [
    /ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN/,
    "check host and port, the network policy, redis.address_map",
  ],
  [
    /no reply|did not answer/,
    "the node hangs, or what lies between drops packets: CPU, SLOWLOG GET, forks for snapshots",
  ],
  [/ENOENT|no such file|unable to open/i, "check online_store.path; `feast materialize` makes the file"],
];

/** By the words of the sync verdict (store/redis/store-figures.ts: NodeReason). */
const ADVICE_BY_REASON: Readonly<Record<string, string>> = {
  lag: "compare INFO replication on primary and replica, and the network between them; redis.max_lag says what is too far",
  disconnected: "check that the node runs and can be reached from here",
  unknown: "it has not answered INFO or ROLE yet; allow one of them",
  loading: "wait until it has loaded its data",
  link_down: "INFO replication there: master_link_status; it is not linked to its primary",
  empty: "it has never been synchronized: check its replicaof",
  rival: "it calls itself primary beside another one: was it restarted without replicaof?",
  slow: "it does not answer as it should: CPU, SLOWLOG GET, forks for snapshots, network",
};

export function checkStore(facts: StoreFacts): Finding[] {
  const { type, where, state, figures } = facts;
  const problems = [...new Set(facts.problems)].filter((words) => !SAID_BELOW.test(words)).slice(0, MOST_PROBLEMS);
  const found: Finding[] = [];
  if (state === "up") {
    found.push(ok("store", where, `${type} can be read`));
    for (const words of problems) found.push(trouble("store", "warn", where, words, adviceFor(words)));
  } else {
    const words = problems.at(-1) ?? "it did not answer in time";
    found.push(trouble("store", "fail", where, `${type} cannot be read: ${words}`, adviceFor(words)));
  }
  for (const node of figures?.nodes ?? []) found.push(checkNode(node), ...checkTracking(node));
  return found;
}

function adviceFor(words: string): string {
  return ADVICE_BY_WORDS.find(([pattern]) => pattern.test(words))?.[1] ?? "see docs/redis.md, When Redis is gone";
}

function checkNode({ node, role, zone, state, reason, lagSeconds }: NodeFigures): Finding {
  const lag = lagSeconds === undefined ? "" : `, ${(lagSeconds * 1000).toFixed(0)} ms behind`;
  const what = `${role}${zone === "" ? "" : ` in ${zone}`}: ${state} (${reason})${role === "replica" ? lag : ""}`;
  if (state === "serving") {
    if (reason !== "unsampled") return ok("node", node, what);
    const advice = "allow INFO or ROLE: without them nobody knows whether its data is old";
    return trouble("node", "warn", node, what, advice);
  }
  if (reason === "read_from") return ok("node", node, what);
  return trouble("node", "warn", node, what, ADVICE_BY_REASON[reason] ?? "see docs/redis.md");
}

function checkTracking({ node, tracking }: NodeFigures): Finding[] {
  if (tracking === undefined) return [];
  if (tracking.isOn) return [ok("tracking", node, "it tells which rows change")];
  if (tracking.reason === "asked") {
    return [trouble("tracking", "skip", node, "it has not answered yet", "see the node's own finding")];
  }
  const [what, advice] = {
    on: ["", ""],
    no_resp3: [
      "it does not speak RESP3, so it cannot tell what changes: its rows are not cached",
      "use Redis 6 or newer without a proxy that lacks HELLO, or write a sidecar.cache.ttl",
    ],
    refused: [
      "it refuses CLIENT TRACKING: its rows are not cached",
      "allow +client|tracking to the user, or write a sidecar.cache.ttl",
    ],
    in_doubt: ["it would tell, but it is behind or silent", "see the node's own finding"],
  }[tracking.reason] as [string, string];
  return [trouble("tracking", "warn", node, what, advice)];
}
