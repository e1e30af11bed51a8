/** A set of nodes without connections, whose real parts are judged when it is looked at. */
import type { ReadFrom } from "../../../../src/model/redis-settings.ts";
import { LatencyEstimate } from "../../../../src/store/redis/routing/latency-estimate.ts";
import { NodeGate } from "../../../../src/store/redis/routing/node-gate.ts";
import { RatioBudget } from "../../../../src/store/redis/routing/ratio-budget.ts";
import type { TellingNode, TellingSet } from "../../../../src/store/redis/store-figures.ts";
import { NodeSync, type NodeVerdict } from "../../../../src/store/redis/sync/node-sync.ts";
import { OffsetMarks } from "../../../../src/store/redis/sync/offset-marks.ts";
import { judgeNodes, servingSet } from "../../../../src/store/redis/sync/serving-set.ts";
import { MAX_LAG_MS, primarySample, replicaSample } from "../redis-sync/sync-kit.ts";

export class ToldNode implements TellingNode {
  readonly address: TellingNode["address"];
  readonly zone: string;
  readonly gate = new NodeGate(() => 0);
  readonly latency = new LatencyEstimate();
  readonly sync = new NodeSync();

  constructor(host: string, zone = "") {
    this.address = { host, port: 6379 };
    this.zone = zone;
  }
}

export class ToldSet implements TellingSet {
  readonly hedges = new RatioBudget(1, 2, 1);
  readonly retries = new RatioBudget(1, 2, 1);
  hedgesWon = 0;
  staleReads = 0;
  verdicts: readonly NodeVerdict[] = [];
  routes: readonly ToldNode[] = [];
  nodes: readonly ToldNode[];
  nowMs = 0;
  readonly #readFrom: ReadFrom;
  readonly #marks = new OffsetMarks(MAX_LAG_MS);

  constructor(nodes: readonly ToldNode[], readFrom: ReadFrom = "replica_preferred") {
    this.nodes = nodes;
    this.#readFrom = readFrom;
  }

  look(): void {
    this.verdicts = judgeNodes(
      this.nodes.map((node) => node.sync),
      this.#marks,
      MAX_LAG_MS,
      this.nowMs,
    );
    this.routes = servingSet(this.verdicts, this.#readFrom).indexes.map((index) => this.nodes[index]!);
  }

  /** The node is connected and says that it is the primary, or a replica, at this offset. */
  says({ sync }: ToldNode, role: "primary" | "replica", offset = 1000): void {
    if (sync.epoch === 0) sync.connected(1);
    const sample = role === "primary" ? primarySample : replicaSample;
    sync.sampled(sample(sync, this.nowMs, { offset }), this.#marks);
  }
}
