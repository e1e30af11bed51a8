/** What each Redis node answered when it was asked directly: how quick it is, what it allows, what time it has. */
import type { InspectedNode } from "../store/redis/inspect/inspect-redis.ts";
import type { NodeAnswers } from "../store/redis/inspect/node-answers.ts";
import { type Finding, type Level, ok, trouble } from "./finding.ts";

/** Share of the slice that a PING may take before a read has little left. */
const SLOW_SHARE = 0.25;
const DRIFT_WARN_MS = 1000;
/** Certificates and tokens are judged wrongly by then. */
const DRIFT_FAIL_MS = 60_000;

interface Right {
  readonly level: Exclude<Level, "ok" | "skip">;
  readonly without: string;
}

/** What is missing without a command. */
const RIGHTS: Readonly<Record<string, Right>> = {
  HMGET: { level: "fail", without: "no row can be read" },
  "CLUSTER SLOTS": { level: "fail", without: "nobody knows which node has a key" },
  HGETALL: { level: "warn", without: "views of 32 features and more are read the dearer way, by HMGET" },
  INFO: { level: "warn", without: "a node that is loading, or empty, is not recognized" },
  ROLE: { level: "warn", without: "nothing stands in for INFO" },
  "CLIENT TRACKING": { level: "warn", without: "nothing is cached unless a sidecar.cache.ttl is written" },
  READONLY: { level: "warn", without: "replicas pass every read on to their primary" },
  "CLUSTER INFO": { level: "warn", without: "an old slot map may be followed for a while" },
  SUBSCRIBE: { level: "warn", without: "signals on sidecar.freshness.channel are not heard" },
};

/** @param sliceMs `budget.slice` */
export function checkNodes(nodes: readonly InspectedNode[], sliceMs: number): Finding[] {
  return nodes.flatMap(({ node, unreachable, answers }) => {
    if (answers !== undefined) {
      return [checkLatency(node, answers, sliceMs), ...checkRights(node, answers), checkDrift(node, answers)];
    }
    const advice = "check that the node runs and can be reached from here, and its user";
    return [trouble("node", "warn", node, `it cannot be asked: ${unreachable}`, advice)];
  });
}

function checkLatency(node: string, { pingMs }: NodeAnswers, sliceMs: number): Finding {
  const median = pingMs[Math.floor(pingMs.length / 2)] ?? 0;
  const what = `PING takes ${median.toFixed(2)} ms, at most ${(pingMs.at(-1) ?? 0).toFixed(2)} ms of ${pingMs.length}`;
  if (median <= sliceMs * SLOW_SHARE) return ok("node", node, what);
  const advice = `the slice is ${sliceMs} ms: read a node that is nearer (sidecar.zone, redis.read_from), or grow the slice`;
  return trouble("node", "warn", node, what, advice);
}

function checkRights(node: string, { rights }: NodeAnswers): Finding[] {
  const refused = rights.filter(({ refusal }) => refusal !== "");
  // Either tells the role and how far a replica is.
  const needed = refused.filter(({ command }) => command !== "ROLE" || refused.some((each) => each.command === "INFO"));
  if (needed.length === 0) {
    return [ok("rights", node, `the user may ${rights.map(({ command }) => command).join(", ")}`)];
  }
  return needed.map(({ command, refusal }) => {
    const { level, without } = RIGHTS[command] ?? { level: "warn", without: "" };
    const what = `${command} is refused (${refusal}): ${without}`;
    return trouble("rights", level, node, what, "give the user the rights of docs/redis.md, Security");
  });
}

function checkDrift(node: string, { clock }: NodeAnswers): Finding {
  if (clock === undefined) {
    return trouble("clock", "skip", node, "the user may not ask TIME", "to have it compared, allow TIME for a moment");
  }
  const { aheadMs, uncertainMs } = clock;
  const driftMs = Math.max(0, Math.abs(aheadMs) - uncertainMs);
  const side = aheadMs > 0 ? "ahead of" : "behind";
  if (driftMs < DRIFT_WARN_MS) return ok("clock", node, `within ${Math.ceil(driftMs + uncertainMs)} ms of ours`);
  const what = `its clock is ${(driftMs / 1000).toFixed(1)} s ${side} ours`;
  const advice = "synchronize the clocks (NTP): ages of values, certificates and tokens are judged by them";
  return trouble("clock", driftMs < DRIFT_FAIL_MS ? "warn" : "fail", node, what, advice);
}
