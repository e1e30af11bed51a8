import { describe, expect, it } from "vitest";
import type { NodeFigures, ReadCounts, StoreFigures } from "../../../src/model/feature-store.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

const READS: ReadCounts = { hedges: 7, hedgesWon: 6, hedgesRefused: 5, retries: 4, retriesRefused: 3, staleReads: 2 };

function node(name: string, changes: Partial<NodeFigures> = {}): NodeFigures {
  return {
    node: name,
    role: "replica",
    zone: "eu-1a",
    state: "serving",
    reason: "in_sync",
    latencySeconds: 0.0004,
    lagSeconds: 0.25,
    inFlight: 3,
    gateOpened: 1,
    ...changes,
  };
}

async function lines(figures: () => StoreFigures | undefined): Promise<string[]> {
  const { render } = createMetrics({ registryAgeSeconds: () => 1, storeFigures: figures, processMetrics: false });
  return (await render()).body.split("\n").filter((line) => line.startsWith("feast_sidecar_redis_"));
}

describe("metrics of the nodes", () => {
  it("show the figures as they are at the scrape, what is not known left out", async () => {
    const down = { role: "unknown", state: "down", reason: "disconnected", latencySeconds: undefined } as const;
    const nodes = [node("10.0.0.1:6379"), node("[::1]:6380", { ...down, lagSeconds: undefined, inFlight: 0 })];
    expect(await lines(() => ({ nodes, reads: READS }))).toEqual([
      'feast_sidecar_redis_node_state{node="10.0.0.1:6379",role="replica",state="serving"} 1',
      'feast_sidecar_redis_node_state{node="[::1]:6380",role="unknown",state="down"} 1',
      'feast_sidecar_redis_node_latency_seconds{node="10.0.0.1:6379"} 0.0004',
      'feast_sidecar_redis_node_lag_seconds{node="10.0.0.1:6379"} 0.25',
      'feast_sidecar_redis_node_in_flight{node="10.0.0.1:6379"} 3',
      'feast_sidecar_redis_node_in_flight{node="[::1]:6380"} 0',
      'feast_sidecar_redis_gate_opened_total{node="10.0.0.1:6379"} 1',
      'feast_sidecar_redis_gate_opened_total{node="[::1]:6380"} 1',
      "feast_sidecar_redis_hedges_total 7",
      "feast_sidecar_redis_hedges_won_total 6",
      "feast_sidecar_redis_retries_total 4",
      'feast_sidecar_redis_budget_refused_total{reason="hedge"} 5',
      'feast_sidecar_redis_budget_refused_total{reason="retry"} 3',
      "feast_sidecar_redis_stale_reads_total 2",
    ]);
  });

  it("ask the store once a scrape, and keep no series of what is gone", async () => {
    let asked = 0;
    let nodes = [node("a:1")];
    const storeFigures = () => {
      asked += 1;
      return { nodes, reads: READS };
    };
    const { render } = createMetrics({ registryAgeSeconds: () => 1, storeFigures, processMetrics: false });
    expect(asked).toBe(0);
    expect((await render()).body).toContain('node="a:1"');
    nodes = [node("b:1")];
    expect((await render()).body).not.toContain('node="a:1"');
    expect(asked).toBe(2);
  });

  it("are of at most 64 nodes", async () => {
    const nodes = Array.from({ length: 100 }, (_, index) => node(`n${index}:1`));
    const seen = await lines(() => ({ nodes, reads: READS }));
    expect(seen.filter((line) => line.startsWith("feast_sidecar_redis_node_state"))).toHaveLength(64);
    expect(seen.some((line) => line.includes('"n64:1"'))).toBe(false);
  });

  it("say what was heard of changes, where somebody watches", async () => {
    const on = { isOn: true, reason: "on" } as const;
    const refused = { isOn: false, reason: "refused" } as const;
    const nodes = [node("a:1", { tracking: on }), node("b:1", { tracking: refused })];
    const changes = { pushes: 1, keysInvalidated: 2, flushes: 3, freshnessMessages: 4, freshnessRefused: 5 };
    const { render } = createMetrics({
      registryAgeSeconds: () => 1,
      storeFigures: () => ({ nodes, reads: READS, changes }),
      processMetrics: false,
    });
    const seen = (await render()).body.split("\n");
    expect(seen.filter((line) => /^feast_sidecar_(redis_(node_tracking|invalid|keys|flush)|fresh)/.test(line))).toEqual(
      [
        'feast_sidecar_redis_node_tracking{node="a:1",reason="on"} 1',
        'feast_sidecar_redis_node_tracking{node="b:1",reason="refused"} 0',
        "feast_sidecar_redis_invalidation_pushes_total 1",
        "feast_sidecar_redis_keys_invalidated_total 2",
        "feast_sidecar_redis_flushes_total 3",
        'feast_sidecar_freshness_messages_total{outcome="accepted"} 4',
        'feast_sidecar_freshness_messages_total{outcome="refused"} 5',
      ],
    );
  });

  it("have no lines where the store has no nodes", async () => {
    expect(await lines(() => undefined)).toEqual([]);
  });
});
