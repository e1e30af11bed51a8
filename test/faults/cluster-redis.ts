/** A Redis Cluster of three primaries with a replica each, formed from prepared nodes.conf files. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { type RedisProcess, startRedis, untilInSync } from "./redis-process.ts";
import type { SidecarSetup } from "./sidecar-setup.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";
import { ClusterRoute } from "./write-route.ts";
import { createWriter, type Writer } from "./writer.ts";

const SLOTS = 16_384;
export const PRIMARIES = 3;
const NODE_TIMEOUT_MS = 1_000;
const FORM_TIMEOUT_MS = 20_000;

export interface ClusterRedis {
  /** Primaries 0, 1, 2; node i + 3 is the replica of i. */
  readonly nodes: readonly RedisProcess[];
  /** Ids of the nodes, as CLUSTER NODES shows them. */
  readonly ids: readonly string[];
  readonly route: ClusterRoute;
  readonly writer: Writer;
  readonly sidecar: SidecarSetup;
}

interface Member {
  readonly id: string;
  readonly port: number;
  readonly busPort: number;
}

/** @param args for each node @throws Error when the cluster does not come up */
export async function openClusterRedis(stage: Stage, args: readonly string[] = []): Promise<ClusterRedis> {
  const members: Member[] = [];
  for (let node = 0; node < 2 * PRIMARIES; node += 1) {
    members.push({ id: String(node + 1).repeat(40), port: await freePort(), busPort: await freePort() });
  }
  const nodes = await Promise.all(
    members.map(({ port, busPort }, node) =>
      startRedis(
        stage,
        {
          args: [
            ...["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port", String(busPort)],
            ...["--cluster-node-timeout", String(NODE_TIMEOUT_MS), "--cluster-replica-validity-factor", "0", ...args],
          ],
          prepare: (_port, directory) => writeFileSync(join(directory, "nodes.conf"), nodesFile(members, node)),
        },
        port,
      ),
    ),
  );
  await until("the cluster is up", FORM_TIMEOUT_MS, () => isUp(nodes));
  const portOfSlot = Array.from({ length: SLOTS }, (_, slot) => members[primaryOf(slot)]?.port ?? 0);
  const route = new ClusterRoute(stage, portOfSlot);
  const writer = createWriter(stage, route);
  await writer.writeAll();
  for (let node = 0; node < PRIMARIES; node += 1) {
    await untilInSync(nodes[node] as RedisProcess, [nodes[node + PRIMARIES] as RedisProcess]);
  }
  return {
    nodes,
    ids: members.map(({ id }) => id),
    route,
    writer,
    sidecar: {
      redisType: "redis_cluster",
      connectionString: nodes.map(({ port }) => `127.0.0.1:${port}`).join(","),
    },
  };
}

/** Every one of these nodes says that all slots are served. */
export async function isUp(nodes: readonly RedisProcess[]): Promise<boolean> {
  const answers = await Promise.all(nodes.map((node) => node.ask("CLUSTER", "INFO")));
  return answers.every((answer) => String(answer).includes("cluster_state:ok"));
}

function primaryOf(slot: number): number {
  return Math.floor((slot * PRIMARIES) / SLOTS);
}

/** cluster.c:clusterLoadConfig */
function nodesFile(members: readonly Member[], self: number): string {
  const lines = members.map(({ id, port, busPort }, node) => {
    const isPrimary = node < PRIMARIES;
    const flags = `${node === self ? "myself," : ""}${isPrimary ? "master" : "slave"}`;
    const primaryId = isPrimary ? "-" : members[node - PRIMARIES]?.id;
    const slots = isPrimary ? ` ${slotRange(node)}` : "";
    return `${id} 127.0.0.1:${port}@${busPort} ${flags} ${primaryId} 0 0 ${(node % PRIMARIES) + 1} connected${slots}`;
  });
  return `${lines.join("\n")}\nvars currentEpoch ${PRIMARIES} lastVoteEpoch 0\n`;
}

function slotRange(primary: number): string {
  const first = Math.ceil((primary * SLOTS) / PRIMARIES);
  return `${first}-${Math.ceil(((primary + 1) * SLOTS) / PRIMARIES) - 1}`;
}
