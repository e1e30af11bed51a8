/**
 * One Redis node: a connection for small reads, from the first large read on a second one, so that small reads do not stand behind
 * large ones, and a third for questions. Where changes are watched, the first is for rows that are kept, whose keys the node then
 * tracks, and all other reads go over the second. Knows how quick it is, whether reads should keep away, and how far its data may be
 * behind.
 */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { ServeError } from "../../../model/serve-error.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { commandBytes } from "../control/command-bytes.ts";
import type { NodeReport } from "../control/node-report.ts";
import type { DialTarget } from "../lane/dial.ts";
import type { ReplyOwner } from "../lane/due-replies.ts";
import { NodeConnection } from "../lane/node-connection.ts";
import type { PendingRead } from "../lane/pending-read.ts";
import type { CommandCompiler } from "../lane/row-commands.ts";
import type { InvalidationTaker } from "../lane/take-invalidation.ts";
import type { Route } from "../routing/choose-node.ts";
import { LatencyEstimate } from "../routing/latency-estimate.ts";
import { NodeGate } from "../routing/node-gate.ts";
import { NodeSync, type SyncSample } from "../sync/node-sync.ts";
import { type AskValue, askReport } from "./ask-report.ts";
import { FreshnessLink } from "./freshness-link.ts";
import { isOther, NodeSampler } from "./node-sampler.ts";
import { NodeTracking } from "./node-tracking.ts";

/** Who wants to know what changes. */
export interface NodeWatch {
  readonly invalidations: InvalidationTaker;
  /** "" = none. */
  readonly freshnessChannel: string;
  readonly onMessage: (message: Buffer) => void;
}

/** What all nodes of a store share. */
export interface NodeOptions {
  readonly target: Omit<DialTarget, "address">;
  readonly commands: CommandCompiler;
  readonly nodeTimeoutMs: number;
  readonly maxLagMs: number;
  readonly isCluster: boolean;
  /** undefined = nobody, and nothing is tracked. */
  readonly watch?: NodeWatch | undefined;
}

export interface NodeEvents {
  /** The connection for reads came. */
  readonly onUp: (node: RedisNode) => void;
  /** An attempt or a connection ended; without secrets. */
  readonly onFailed: (node: RedisNode, reason: string) => void;
  readonly onReport: (node: RedisNode, report: NodeReport, sample: SyncSample) => void;
  /** It refuses to say what it is. */
  readonly onRefused: (node: RedisNode, words: string) => void;
  /** It does not tell what changes. */
  readonly onUntold: (node: RedisNode, reason: string) => void;
}

export class RedisNode implements Route {
  readonly who: string;
  readonly address: RedisAddress;
  readonly zone: string;
  readonly gate: NodeGate;
  readonly latency = new LatencyEstimate();
  readonly sync = new NodeSync();
  readonly tracking: NodeTracking;
  runId = "";
  /** What it last said of itself; may be of an earlier connection. */
  lastSample: SyncSample | undefined;
  readonly #options: NodeOptions;
  readonly #deps: StoreDeps;
  readonly #events: NodeEvents;
  readonly #small: NodeConnection;
  readonly #large: NodeConnection;
  readonly #sampler: NodeSampler;
  readonly #askSmall: AskValue = (words, take) => this.#small.ask(commandBytes(words), take);
  #epoch = 0;
  /** The second connection is up and leads to the same process as the first. */
  #isLargeChecked = false;

  constructor(address: RedisAddress, zone: string, options: NodeOptions, deps: StoreDeps, events: NodeEvents) {
    this.address = address;
    this.zone = zone;
    this.#options = options;
    this.#deps = deps;
    this.#events = events;
    this.gate = new NodeGate(deps.random);
    this.tracking = new NodeTracking(options.watch !== undefined);
    const target = { ...options.target, address };
    const connection = { ...options, target };
    const nothing = (): void => {};
    const onLost = (owner: ReplyOwner): void => {
      if (!owner.wantsValue && !owner.isLarge) this.latency.dropped();
    };
    this.#small = new NodeConnection(connection, deps, {
      onUp: (isResp3) => this.#up(isResp3),
      onFailed: (reason) => this.#lost(reason),
      onPush: nothing,
      invalidations: options.watch?.invalidations,
      onPong: (sentMs) => this.latency.pinged(this.#small.heardMs - sentMs, this.#small.heardMs),
      onReplied: (owner, sentMs) => this.#replied(this.#small, owner, sentMs),
      onLost,
    });
    this.#large = new NodeConnection(connection, deps, {
      onUp: () => this.#checkLarge(),
      onFailed: () => {
        this.#isLargeChecked = false;
      },
      onPush: nothing,
      onPong: nothing,
      onReplied: (owner, sentMs) => {
        if (!owner.wantsValue && !owner.isLarge) this.#replied(this.#large, owner, sentMs);
      },
      onLost,
    });
    this.who = this.#small.who;
    this.#sampler = new NodeSampler(target, options.maxLagMs, deps, {
      epoch: () => this.#epoch,
      runId: () => this.runId,
      askOverReads: this.#askSmall,
      onReport: (report, epoch, atMs) => this.#reported(report, epoch, atMs),
      onRefused: (words) => this.#refused(words),
      freshness: this.#freshnessLink(),
    });
  }

  /** Begins to connect; never throws. */
  start(): void {
    this.#small.start();
  }

  get isUp(): boolean {
    return this.#small.isUp;
  }

  /** It may serve in a moment: a connect is in progress, or it has not yet said what it is. */
  get isComing(): boolean {
    return this.#small.isComing || (this.#small.isUp && this.sync.role === undefined);
  }

  /** When the oldest unanswered small read was sent, Infinity = none. */
  get oldestSentMs(): number {
    return this.#small.oldestSentMs;
  }

  /** When the oldest read came that is not answered, sent or not; Infinity = none. */
  get oldestWaitingMs(): number {
    return Math.min(this.#small.oldestWaitingMs, this.#large.oldestWaitingMs);
  }

  /** When small reads, or large ones, last brought a byte. */
  heardMs(isLarge: boolean): number {
    return isLarge && this.#isLargeChecked ? this.#large.heardMs : this.#small.heardMs;
  }

  unavailable(): ServeError {
    return this.#small.unavailable();
  }

  /** Sends a read; its outcome shows in the read. */
  send(read: PendingRead): void {
    if (read.isLarge) {
      this.#large.start();
      // While the second connection is not up, chunks share the first.
      (this.#isLargeChecked && this.#large.isUp ? this.#large : this.#small).send(read);
      return;
    }
    this.latency.sent();
    if (!this.#connectionFor(read).send(read)) this.latency.dropped();
    else if (!this.gate.isClosed) this.gate.readSent(read.sentMs);
  }

  /** Drops its connections: new ones may lead elsewhere. */
  reconnect(reason: string): void {
    this.#small.reconnect(reason);
    this.#large.reconnect(reason);
  }

  /** A command that only shows whether the node answers. */
  probe(nowMs: number): void {
    this.gate.readSent(nowMs);
    this.#small.ping();
  }

  async close(): Promise<void> {
    this.tracking.lost();
    await Promise.all([this.#small.close(), this.#large.close(), this.#sampler.close()]);
  }

  /** Of a small read. What is read over the first connection fills the node's table of tracked keys. */
  #connectionFor(read: PendingRead): NodeConnection {
    if (!read.isCached && this.tracking.isOn && this.#isLargeChecked && this.#large.isUp) return this.#large;
    if (read.isCached) read.feed = this.tracking.feed;
    return this.#small;
  }

  #freshnessLink(): FreshnessLink | undefined {
    const { watch } = this.#options;
    if (watch === undefined || watch.freshnessChannel === "") return undefined;
    return new FreshnessLink(watch.freshnessChannel, {
      onMessage: watch.onMessage,
      onRefused: (words) => this.#untold(`SUBSCRIBE: ${words}`),
    });
  }

  /** The address of the connection for reads led to one process of several: the other connections must lead there too. */
  #up(isResp3: boolean): void {
    this.#epoch += 1;
    this.runId = "";
    this.sync.connected(this.#epoch);
    this.gate.restored(this.#deps.now());
    const epoch = this.#epoch;
    // Before any read, and answered before the question whose answer lets reads come.
    this.tracking.connected(isResp3, this.#askSmall);
    const atMs = this.#deps.now();
    askReport(this.#askSmall, this.#options.target.db, (told) => {
      if (epoch !== this.#epoch) return;
      if (told.report !== undefined) this.#reported(told.report, epoch, atMs);
      else if (told.isRefusal) this.#refused(told.words);
      this.#sampler.begin(this.#small.peer ?? this.address);
      if (this.tracking.isOn) this.#large.start();
      else if (this.tracking.refusal !== "") this.#untold(this.tracking.refusal);
    });
    this.#events.onUp(this);
  }

  #lost(reason: string): void {
    this.tracking.lost();
    this.sync.lost();
    this.gate.broken(this.#deps.now());
    this.#sampler.pause();
    // It may have led to the process that is gone.
    this.#large.reconnect(reason);
    this.#events.onFailed(this, reason);
  }

  #reported(report: NodeReport, epoch: number, atMs: number): void {
    const { role } = report;
    if (epoch !== this.#epoch || role === "sentinel") return;
    if (report.runId !== undefined) this.runId = report.runId;
    this.lastSample = { ...report, role, epoch, atMs };
    this.#events.onReport(this, report, this.lastSample);
  }

  #refused(words: string): void {
    this.sync.unsampled();
    this.#events.onRefused(this, words);
  }

  #replied({ heardMs: nowMs }: NodeConnection, owner: ReplyOwner, sentMs: number): void {
    this.gate.heard(nowMs, sentMs);
    if (owner.wantsValue) return;
    if (!owner.isLarge) this.latency.answered(nowMs - sentMs, nowMs);
  }

  #checkLarge(): void {
    const ask: AskValue = (words, take) => this.#large.ask(commandBytes(words), take);
    askReport(ask, this.#options.target.db, (told) => {
      if (isOther(told.report?.runId, this.runId)) {
        this.#large.reconnect("it led to another process than the first connection");
      } else this.#isLargeChecked = true;
    });
  }

  #untold(words: string): void {
    this.#events.onUntold(this, this.#options.target.credentials.redact(words));
  }
}
