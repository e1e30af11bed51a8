/** CPU time, traffic and memory of both nodes and of the sidecars at one moment, and what lies between two. */
import type { FleetWorld } from "./fleet-world.ts";
import { sum } from "./fleet-world.ts";
import type { RedisServer } from "./redis-server.ts";

export interface NodeSample {
  readonly cpuMicros: number;
  readonly outBytes: number;
}

export interface Sample {
  readonly atMs: number;
  readonly replica: NodeSample;
  readonly primary: NodeSample;
  readonly sidecarsCpuMicros: number;
  readonly reads: number;
  readonly pushes: number;
}

export async function takeSample({ redis, fleet }: FleetWorld): Promise<Sample> {
  const [replica, primary, { cpuMicros, reads, pushes }] = await Promise.all([
    sampleNode(redis.replica),
    sampleNode(redis.primary),
    fleet.call("figures"),
  ]);
  return { atMs: performance.now(), replica, primary, sidecarsCpuMicros: cpuMicros, reads, pushes: sum(pushes) };
}

async function sampleNode(server: RedisServer): Promise<NodeSample> {
  const outBytes = Number((await server.info("stats")).get("total_net_output_bytes"));
  return { cpuMicros: server.cpuMicros(), outBytes };
}

/** What happened between two samples. */
export interface Spent {
  readonly seconds: number;
  readonly replicaCpuMicros: number;
  readonly primaryCpuMicros: number;
  readonly sidecarsCpuMicros: number;
  readonly replicaOutBytes: number;
  readonly primaryOutBytes: number;
  readonly reads: number;
  readonly pushes: number;
}

export function spent(before: Sample, after: Sample): Spent {
  return {
    seconds: (after.atMs - before.atMs) / 1000,
    replicaCpuMicros: after.replica.cpuMicros - before.replica.cpuMicros,
    primaryCpuMicros: after.primary.cpuMicros - before.primary.cpuMicros,
    sidecarsCpuMicros: after.sidecarsCpuMicros - before.sidecarsCpuMicros,
    replicaOutBytes: after.replica.outBytes - before.replica.outBytes,
    primaryOutBytes: after.primary.outBytes - before.primary.outBytes,
    reads: after.reads - before.reads,
    pushes: after.pushes - before.pushes,
  };
}

/** Of the replica. */
export interface ReplicaState {
  readonly connections: number;
  readonly trackingClients: number;
  readonly trackedKeys: number;
  /** Pairs of a key and a client that holds it. */
  readonly trackedItems: number;
  readonly usedBytes: number;
  /** Of it, in ordinary connections. */
  readonly clientBytes: number;
}

export async function replicaState({ replica }: FleetWorld["redis"]): Promise<ReplicaState> {
  const [clients, stats, memory] = await Promise.all([
    replica.info("clients"),
    replica.info("stats"),
    replica.info("memory"),
  ]);
  return {
    connections: Number(clients.get("connected_clients")),
    trackingClients: Number(clients.get("tracking_clients")),
    trackedKeys: Number(stats.get("tracking_total_keys")),
    trackedItems: Number(stats.get("tracking_total_items")),
    usedBytes: Number(memory.get("used_memory")),
    clientBytes: Number(memory.get("mem_clients_normal")),
  };
}
