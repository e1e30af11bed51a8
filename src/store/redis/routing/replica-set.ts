/** Nodes that hold the same data: which of them may serve, and the reads of them. */

import type { Lookup } from "../../../model/lookup.ts";
import type { ReadCaller } from "../../../model/read-attempt.ts";
import type { RedisSettings } from "../../../model/redis-settings.ts";
import { ServeError } from "../../../model/serve-error.ts";
import type { DueSweep } from "../../../timing/due-sweep.ts";
import type { SpanPool } from "../../../wire/span-pool.ts";
import { deadlineError } from "../../read-deadline.ts";
import type { NodeRows } from "../lane/pending-read.ts";
import type { RedisNode } from "../node/redis-node.ts";
import type { NodeVerdict, SyncSample } from "../sync/node-sync.ts";
import { OffsetMarks } from "../sync/offset-marks.ts";
import { judgeNodes, servingSet } from "../sync/serving-set.ts";
import { GateWatch } from "./gate-watch.ts";
import { PrimaryClaims } from "./primary-claims.ts";
import { RatioBudget } from "./ratio-budget.ts";
import { type OnlyNode, RoutedRead } from "./routed-read.ts";
import { ServingNodes } from "./serving-nodes.ts";

/** Lag grows by itself: who may serve is looked at this often, and whenever a node says something. */
const JUDGE_EVERY_MS = 50;
/** Hedges saved up in quiet times. */
const HEDGE_BURST = 10;
/** A node with as many reads under way may fail at once. */
const RETRY_BURST = 100;

export interface SetOptions
  extends Pick<RedisSettings, "readFrom" | "zone" | "maxLagMs" | "nodeTimeoutMs" | "hedge" | "retry"> {
  readonly sweep: DueSweep;
  readonly spans: SpanPool;
  readonly now: () => number;
  /** The topology says which node is the primary. */
  readonly rolesAreTold: boolean;
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
  readonly #serving: ServingNodes;
  readonly #gates: GateWatch;
  readonly #leader: PrimaryClaims | undefined;
  #nodes: readonly RedisNode[] = [];
  #verdicts: readonly NodeVerdict[] = [];
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
    this.#leader = options.rolesAreTold ? undefined : new PrimaryClaims();
    this.#serving = new ServingNodes(options.zone, options.hedge.minDelayMs);
    this.#gates = new GateWatch(options.now, () => this.#serving.all);
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
    return this.#serving.routes;
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
    return this.#serving.all.length > 1;
  }

  /** Looks at the nodes now: lag grows by itself. */
  look(): void {
    this.#judge(this.now());
  }

  /** These are the nodes from now on. */
  setNodes(nodes: readonly RedisNode[]): void {
    const before = this.#nodes;
    this.#nodes = nodes;
    // A node that was in no set, because keys were only on their way to it, has said what it is already.
    for (const node of nodes) {
      if (!before.includes(node) && node.lastSample !== undefined) node.sync.sampled(node.lastSample, this.#marks);
    }
    this.changed();
  }

  /** A node said something of itself. */
  reported(node: RedisNode, sample: SyncSample): void {
    this.#leader?.hear(node, sample);
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
   * @param isCached over a connection whose keys are tracked; the rows then have a feed, if the node has one
   * @param caller looked at between the chunks of a large read
   * @throws ServeError UNAVAILABLE or DEADLINE_EXCEEDED
   */
  read(
    lookups: readonly Lookup[],
    deadlineMs: number,
    only?: OnlyNode,
    isCached = false,
    caller?: ReadCaller,
  ): Promise<readonly NodeRows[]> {
    const nowMs = this.now();
    if (nowMs >= deadlineMs) return Promise.reject(deadlineError(this.#nodes[0]?.who ?? "redis"));
    if (nowMs - this.#judgedMs > JUDGE_EVERY_MS) this.#judge(nowMs);
    if (this.#serving.routes.length === 0 && only === undefined)
      return this.#readOnceServing(lookups, deadlineMs, nowMs, isCached, caller);
    return this.#start(lookups, deadlineMs, nowMs, only, isCached, caller);
  }

  /** As {@link ServingNodes.choose}. */
  choose(
    other: RedisNode | undefined,
    nowMs: number,
    onlyClosed: boolean,
    busy?: RedisNode | undefined,
  ): RedisNode | undefined {
    return this.#serving.choose(other, nowMs, onlyClosed, busy);
  }

  /** A read of several nodes began. */
  counted(): void {
    this.hedges.earn();
    this.retries.earn();
    this.#gates.wake();
  }

  hedgeDelayMs(nowMs: number): number {
    return this.#serving.hedgeDelayMs(nowMs);
  }

  /** A read was silent for the node timeout. */
  silent(node: RedisNode, nowMs: number): void {
    node.gate.silent(nowMs, this.#serving.isLast(node));
  }

  /** A read was answered LOADING or MASTERDOWN: until it is asked again the node is out. */
  sawUnready(node: RedisNode): void {
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

  #start(
    lookups: readonly Lookup[],
    deadlineMs: number,
    nowMs: number,
    only: OnlyNode | undefined,
    isCached: boolean,
    caller: ReadCaller | undefined,
  ): Promise<readonly NodeRows[]> {
    return new Promise((resolve, reject) => {
      new RoutedRead(this, lookups, deadlineMs, only, isCached, caller, resolve, reject).begin(nowMs);
    });
  }

  /** Waits for a node that is about to come, at most the node timeout. */
  async #readOnceServing(
    lookups: readonly Lookup[],
    deadlineMs: number,
    nowMs: number,
    isCached: boolean,
    caller: ReadCaller | undefined,
  ): Promise<readonly NodeRows[]> {
    const untilMs = Math.min(deadlineMs, nowMs + this.nodeTimeoutMs);
    let atMs = nowMs;
    while (this.#serving.routes.length === 0 && atMs < untilMs && this.#nodes.some((node) => node.isComing)) {
      await this.#nextChange(untilMs - atMs);
      atMs = this.now();
    }
    if (this.#serving.routes.length > 0) return this.#start(lookups, deadlineMs, atMs, undefined, isCached, caller);
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
    this.#leader?.settle(this.#nodes);
    const verdicts = judgeNodes(
      this.#nodes.map((node) => node.sync),
      this.#marks,
      maxLagMs,
      nowMs,
    );
    this.#verdicts = verdicts;
    const { indexes, spares, isStale, lagMs } = servingSet(verdicts, readFrom);
    const wasServing = this.#serving.routes.length > 0;
    const routes = indexes.map((index) => this.#nodes[index]!);
    this.#serving.are(
      routes,
      spares.map((index) => this.#nodes[index]!),
    );
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
