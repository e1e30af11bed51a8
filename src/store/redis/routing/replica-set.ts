/** Nodes that hold the same data: which of them may serve, and the reads of them. */
import type { Lookup } from "../../../model/lookup.ts";
import type { RedisSettings } from "../../../model/redis-settings.ts";
import { ServeError } from "../../../model/serve-error.ts";
import type { DueSweep } from "../../../timing/due-sweep.ts";
import { deadlineError } from "../../read-deadline.ts";
import type { NodeRows } from "../lane/pending-read.ts";
import type { SpanPool } from "../lane/span-pool.ts";
import type { RedisNode } from "../node/redis-node.ts";
import type { NodeVerdict, SyncSample } from "../sync/node-sync.ts";
import { OffsetMarks } from "../sync/offset-marks.ts";
import { judgeNodes, servingSet } from "../sync/serving-set.ts";
import { isLastClosed, NodeChooser } from "./choose-node.ts";
import { GateWatch } from "./gate-watch.ts";
import { HedgeDelay } from "./hedge-delay.ts";
import type { LatencyEstimate } from "./latency-estimate.ts";
import { RatioBudget } from "./ratio-budget.ts";
import { type OnlyNode, RoutedRead } from "./routed-read.ts";

/** Lag grows by itself: who may serve is looked at this often, and whenever a node says something. */
const JUDGE_EVERY_MS = 50;
/** A hedge after less would race the loop, not the node. */
const LEAST_HEDGE_DELAY_MS = 1;
/** Hedges saved up in quiet times. */
const HEDGE_BURST = 10;
/** A node with as many reads under way may fail at once. */
const RETRY_BURST = 100;

export interface SetOptions
  extends Pick<RedisSettings, "readFrom" | "zone" | "maxLagMs" | "nodeTimeoutMs" | "hedge" | "retry"> {
  readonly sweep: DueSweep;
  readonly spans: SpanPool;
  readonly now: () => number;
  /** The nodes were looked at; before `onServing`. */
  readonly onJudged: (set: ReplicaSet) => void;
  /** Whether any node may serve has changed. */
  readonly onServing: () => void;
}

export class ReplicaSet {
  readonly sweep: DueSweep;
  readonly spans: SpanPool;
  readonly now: () => number;
  readonly nodeTimeoutMs: number;
  readonly hedges: RatioBudget;
  readonly retries: RatioBudget;
  hedgesWon = 0;
  /** Answers while all that have data were behind. */
  staleReads = 0;
  readonly #options: SetOptions;
  readonly #marks: OffsetMarks;
  readonly #chooser: NodeChooser;
  readonly #hedgeDelay: HedgeDelay;
  readonly #gates: GateWatch;
  #nodes: readonly RedisNode[] = [];
  #verdicts: readonly NodeVerdict[] = [];
  #routes: readonly RedisNode[] = [];
  #estimates: readonly LatencyEstimate[] = [];
  #isStale = false;
  #lagMs = 0;
  #judgedMs = Number.NEGATIVE_INFINITY;
  #waiters: (() => void)[] = [];

  constructor(options: SetOptions) {
    this.#options = options;
    this.sweep = options.sweep;
    this.spans = options.spans;
    this.now = options.now;
    this.nodeTimeoutMs = options.nodeTimeoutMs;
    this.hedges = new RatioBudget(options.hedge.maxRatio, HEDGE_BURST, 0);
    this.retries = new RatioBudget(options.retry.maxRatio, RETRY_BURST, RETRY_BURST);
    this.#marks = new OffsetMarks(options.maxLagMs);
    this.#chooser = new NodeChooser(options.zone);
    this.#hedgeDelay = new HedgeDelay(Math.max(LEAST_HEDGE_DELAY_MS, options.hedge.minDelayMs));
    this.#gates = new GateWatch(options.now, () => this.#routes);
  }

  get nodes(): readonly RedisNode[] {
    return this.#nodes;
  }

  /** Of the latest look, in the order of the nodes. */
  get verdicts(): readonly NodeVerdict[] {
    return this.#verdicts;
  }

  /** Nodes that may serve now. */
  get routes(): readonly RedisNode[] {
    return this.#routes;
  }

  /** All that have data are behind. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** With `isStale`: how far. */
  get lagMs(): number {
    return this.#lagMs;
  }

  get hasOthers(): boolean {
    return this.#routes.length > 1;
  }

  /** Looks at the nodes now: lag grows by itself. */
  look(): void {
    this.#judge(this.now());
  }

  /** These are the nodes from now on. */
  setNodes(nodes: readonly RedisNode[]): void {
    this.#nodes = nodes;
    this.changed();
  }

  /** A node said something of itself. */
  reported(node: RedisNode, sample: SyncSample): void {
    node.sync.sampled(sample, this.#marks);
    this.changed();
  }

  /** A node came, went, or turned out to be another. */
  changed(): void {
    this.#judge(this.now());
    for (const done of [...this.#waiters]) done();
  }

  /**
   * Reads all lookups at once. Not async: a read costs one promise.
   * @throws ServeError UNAVAILABLE or DEADLINE_EXCEEDED
   */
  read(lookups: readonly Lookup[], deadlineMs: number, only?: OnlyNode): Promise<readonly NodeRows[]> {
    const nowMs = this.now();
    if (nowMs >= deadlineMs) return Promise.reject(deadlineError(this.#nodes[0]?.who ?? "redis"));
    if (nowMs - this.#judgedMs > JUDGE_EVERY_MS) this.#judge(nowMs);
    if (this.#routes.length === 0 && only === undefined) return this.#readOnceServing(lookups, deadlineMs, nowMs);
    return this.#start(lookups, deadlineMs, nowMs, only);
  }

  /**
   * @param other a node that it must not be
   * @param onlyClosed for a hedge: none that does not answer
   * @param busy a node that is asked already: only when there is no third one
   */
  choose(
    other: RedisNode | undefined,
    nowMs: number,
    onlyClosed: boolean,
    busy?: RedisNode | undefined,
  ): RedisNode | undefined {
    const routes = this.#routes;
    if (routes.length === 1 && other === undefined) return routes[0];
    const chosen = routes[this.#chooser.choose(routes, other, nowMs, onlyClosed)];
    if (chosen === undefined || chosen !== busy) return chosen;
    return routes.find((node) => node !== busy && node !== other && node.gate.isClosed) ?? chosen;
  }

  /** A read of several nodes began. */
  counted(): void {
    this.hedges.earn();
    this.retries.earn();
    this.#gates.wake();
  }

  hedgeDelayMs(nowMs: number): number {
    return this.#hedgeDelay.delayMs(this.#estimates, nowMs);
  }

  /** A read was silent for the node timeout. */
  silent(node: RedisNode, nowMs: number): void {
    node.gate.silent(nowMs, isLastClosed(this.#routes, node));
  }

  sawLoading(node: RedisNode): void {
    node.sync.sawLoading();
    this.changed();
  }

  /** The error of a read that finds nobody who may serve. */
  unavailable(): ServeError {
    const up = this.#nodes.filter((node) => node.isUp);
    if (this.#nodes.length === 0) return new ServeError("UNAVAILABLE", "No Redis node is known yet");
    if (up.length === 0) return this.#nodes[0]!.unavailable();
    const verdicts = judgeNodes(
      up.map((node) => node.sync),
      this.#marks,
      this.#options.maxLagMs,
      this.now(),
    );
    const reasons = up.map((node, index) => `${node.who} ${REASON_WORDS[verdicts[index]!.reason]}`);
    return new ServeError("UNAVAILABLE", `No Redis node may serve: ${reasons.join(", ")}`);
  }

  close(): void {
    this.#gates.close();
  }

  #start(lookups: readonly Lookup[], deadlineMs: number, nowMs: number, only?: OnlyNode): Promise<readonly NodeRows[]> {
    return new Promise((resolve, reject) => {
      new RoutedRead(this, lookups, deadlineMs, only, resolve, reject).begin(nowMs);
    });
  }

  /** Waits for a node that is about to come, at most the node timeout. */
  async #readOnceServing(lookups: readonly Lookup[], deadlineMs: number, nowMs: number): Promise<readonly NodeRows[]> {
    const untilMs = Math.min(deadlineMs, nowMs + this.nodeTimeoutMs);
    let atMs = nowMs;
    while (this.#routes.length === 0 && atMs < untilMs && this.#nodes.some((node) => node.isComing)) {
      await this.#nextChange(untilMs - atMs);
      atMs = this.now();
    }
    if (this.#routes.length > 0) return this.#start(lookups, deadlineMs, atMs);
    if (atMs >= deadlineMs) throw deadlineError(this.#nodes[0]?.who ?? "redis");
    throw this.unavailable();
  }

  #nextChange(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        const at = this.#waiters.indexOf(done);
        if (at >= 0) this.#waiters.splice(at, 1);
        resolve();
      };
      const timer = setTimeout(done, Math.ceil(waitMs));
      this.#waiters.push(done);
    });
  }

  #judge(nowMs: number): void {
    this.#judgedMs = nowMs;
    const { maxLagMs, readFrom, onJudged, onServing } = this.#options;
    const verdicts = judgeNodes(
      this.#nodes.map((node) => node.sync),
      this.#marks,
      maxLagMs,
      nowMs,
    );
    this.#verdicts = verdicts;
    const { indexes, isStale, lagMs } = servingSet(verdicts, readFrom);
    const wasServing = this.#routes.length > 0;
    const routes = indexes.map((index) => this.#nodes[index]!);
    if (routes.length !== this.#routes.length || routes.some((node, index) => node !== this.#routes[index])) {
      this.#routes = routes;
      this.#estimates = routes.map((node) => node.latency);
    }
    this.#isStale = isStale;
    this.#lagMs = lagMs;
    onJudged(this);
    if (wasServing !== routes.length > 0) onServing();
  }
}

const REASON_WORDS = {
  primary: "is the primary",
  in_sync: "is in sync",
  at_mark: "is level with the last known primary",
  unsampled: "does not say what it is",
  lag: "is behind",
  disconnected: "is not connected",
  unknown: "has not said what it is yet",
  loading: "is loading its data",
  link_down: "is not linked to its primary",
  empty: "has no data yet",
  rival: "calls itself primary beside another one",
} as const;
