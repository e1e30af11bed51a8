/**
 * The online store of `type: redis`, in any topology. Comes in: lookups and a deadline; goes out: index-aligned raw rows. Fails with
 * UNAVAILABLE or DEADLINE_EXCEEDED only; never decodes a value, never queues a read for a dead server.
 */

import type { CertificateExpiry } from "../../model/certificate-expiry.ts";
import type { FeatureStore, NodeChange, StoreCommand, StoreFigures, StoreState } from "../../model/feature-store.ts";
import { type Lookup, MOST_SMALL_CELLS, type RowBlock } from "../../model/lookup.ts";
import type { ReadCaller } from "../../model/read-attempt.ts";
import type { RedisSettings } from "../../model/redis-settings.ts";
import type { StoreChanges } from "../../model/store-changes.ts";
import { DueSweep } from "../../timing/due-sweep.ts";
import { SpanPool } from "../../wire/span-pool.ts";
import type { StoreDeps } from "../store-deps.ts";
import { ClusterReader } from "./cluster/cluster-reader.ts";
import { BlockMerger } from "./cluster/merge-blocks.ts";
import { SlotTable } from "./cluster/slot-table.ts";
import { evenly } from "./cluster/split-lookups.ts";
import { AddressMap, addressText } from "./control/address-map.ts";
import { CommandCompiler } from "./lane/row-commands.ts";
import { NodePool } from "./node/node-pool.ts";
import { RedisNode } from "./node/redis-node.ts";
import { NodeNews } from "./node-news.ts";
import { describeCommands } from "./redis-commands.ts";
import { RedisLogin } from "./redis-login.ts";
import { ReplicaSet } from "./routing/replica-set.ts";
import { countCells } from "./routing/routed-read.ts";
import { NO_READS, plusReads, storeFigures } from "./store-figures.ts";
import { openTopology } from "./topology/open-topology.ts";
import type { Topology, WantedSet } from "./topology/topology.ts";
import { ChangeWatch } from "./tracking/change-watch.ts";

export class RedisStore implements FeatureStore {
  readonly type = "redis";
  /** feast/infra/online_stores/redis.py:_get_features_for_entity makes a Value for every requested field. */
  readonly absentCells = "null";
  readonly readsVersions = true;
  readonly #settings: RedisSettings;
  readonly #deps: StoreDeps;
  readonly #projectBytes: Buffer;
  readonly #sweep: DueSweep;
  readonly #spans = new SpanPool();
  readonly #commands: CommandCompiler;
  readonly #login: RedisLogin;
  readonly #pool: NodePool;
  readonly #topology: Topology;
  /** By id; those of a cluster come and go. */
  readonly #sets = new Map<string, ReplicaSet>();
  /** Not a cluster: all nodes. In a cluster by place in the slot table. */
  #setList: readonly ReplicaSet[];
  #table: SlotTable | undefined;
  readonly #cluster: ClusterReader | undefined;
  #state: StoreState = "connecting";
  #onState: (state: StoreState, reason?: string) => void = () => {};
  #onNode: (change: NodeChange) => void = () => {};
  readonly #news: NodeNews;
  /** undefined = nobody wants to know what changes. */
  #watch: ChangeWatch | undefined;
  /** Of sets that are no more. */
  #goneReads = NO_READS;
  #isClosed = false;

  /** @param project Feast project, part of every key */
  constructor(settings: RedisSettings, project: string, deps: StoreDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#projectBytes = Buffer.from(project, "utf8");
    this.#commands = new CommandCompiler(this.#projectBytes);
    this.#sweep = new DueSweep(deps.now);
    this.#news = new NodeNews(deps.now, (change) => this.#onNode(change));
    this.#login = new RedisLogin(settings, deps, (reason) => this.#onState(this.#state, reason));
    const addressMap = new AddressMap(settings.addressMap);
    this.#pool = new NodePool((address, zone) => this.#makeNode(address, zone), deps.now);
    this.#topology = openTopology(settings, addressMap, this.#login, deps, {
      onSets: (sets) => this.#picture(sets),
      onProblem: (reason) => this.#onState(this.#state, reason),
    });
    this.#setList = settings.kind === "cluster" ? [] : [this.#setOf("")];
    this.#cluster = settings.kind === "cluster" ? this.#clusterReader(addressMap) : undefined;
  }

  watch(changes: StoreChanges): void {
    const { maxLagMs } = this.#settings;
    this.#watch = new ChangeWatch(changes, maxLagMs, this.#deps.now, (reason) => this.#onState(this.#state, reason));
  }

  start(onState: (state: StoreState, reason?: string) => void, onNode?: (change: NodeChange) => void): void {
    this.#onState = onState;
    if (onNode !== undefined) this.#onNode = onNode;
    this.#login.start();
    this.#watch?.start(() => {
      for (const set of this.#sets.values()) set.look();
    });
    this.#topology.start();
  }

  state(): StoreState {
    return this.#state;
  }

  read(
    lookups: readonly Lookup[],
    deadlineMs: number,
    isCached = false,
    caller?: ReadCaller,
  ): Promise<readonly RowBlock[]> {
    // The keys of a batch would push those of small reads out of the nodes' tables of tracked keys.
    const isLarge = countCells(lookups) > MOST_SMALL_CELLS;
    const isTracked = isCached && this.#watch !== undefined && !isLarge;
    if (this.#cluster !== undefined) return this.#cluster.read(lookups, deadlineMs, isTracked, caller);
    const set = this.#setList[0] as ReplicaSet;
    if (isLarge && set.hasOthers) return this.#readSpread(set, lookups, deadlineMs, caller);
    return set.read(lookups, deadlineMs, undefined, isTracked, caller);
  }

  describe(lookups: readonly Lookup[]): readonly StoreCommand[] {
    return describeCommands(lookups, this.#projectBytes);
  }

  reload(): void {
    this.#login.refresh();
  }

  reconnect(): void {
    this.#topology.refresh();
    for (const node of this.#pool.nodes)
      node.reconnect("the store was away for too long: the name may lead elsewhere by now");
  }

  queueAgeMs(nowMs: number): number {
    let ageMs = 0;
    for (const { routes } of this.#setList) {
      let youngestMs = Number.POSITIVE_INFINITY;
      for (const node of routes) youngestMs = Math.min(youngestMs, nowMs - node.oldestWaitingMs);
      if (youngestMs !== Number.POSITIVE_INFINITY) ageMs = Math.max(ageMs, youngestMs);
    }
    return ageMs;
  }

  figures(): StoreFigures {
    return storeFigures(this.#sets.values(), this.#goneReads, this.#watch?.counts);
  }

  certificates(): readonly CertificateExpiry[] {
    return this.#login.certificates();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sweep.close();
    this.#watch?.close();
    for (const set of this.#sets.values()) set.close();
    await Promise.all([this.#topology.close(), this.#pool.close()]);
    this.#login.close();
  }

  /** The rows of a large batch, over all nodes that may serve. */
  async #readSpread(
    set: ReplicaSet,
    lookups: readonly Lookup[],
    deadlineMs: number,
    caller: ReadCaller | undefined,
  ): Promise<readonly RowBlock[]> {
    const parts = evenly(lookups, set.routes.length);
    const answers = await Promise.all(
      parts.map((part) => set.read(part.lookups, deadlineMs, undefined, false, caller)),
    );
    const merger = new BlockMerger(lookups);
    for (const [index, rows] of answers.entries()) merger.put(parts[index]!, rows);
    return merger.blocks();
  }

  #makeNode(address: RedisNode["address"], zone: string): RedisNode {
    const { db, clientName, connectTimeoutMs, nodeTimeoutMs, maxLagMs, kind, freshnessChannel } = this.#settings;
    const target = { ...this.#login.forNodes, clientName, db, connectTimeoutMs };
    const options = { target, commands: this.#commands, nodeTimeoutMs, maxLagMs, isCluster: kind === "cluster" };
    const changes = this.#watch;
    const watch = changes && {
      invalidations: changes,
      freshnessChannel,
      onMessage: (message: Buffer) => changes.message(message, this.#hasOneNode ? undefined : addressText(address)),
    };
    return new RedisNode(address, zone, { ...options, watch }, this.#deps, {
      onUp: (node) => this.#setWith(node)?.changed(),
      onFailed: (node, reason) => {
        this.#topology.refresh();
        const before = this.#state;
        this.#setWith(node)?.changed();
        // A change has said why.
        if (this.#state === before) this.#onState(before, reason);
      },
      onReport: (node, report, sample) => {
        this.#setWith(node)?.reported(node, sample);
        this.#topology.reported(node.address, report);
      },
      onRefused: (node, words) => {
        // It serves all the same, perhaps as the first.
        this.#setWith(node)?.changed();
        this.#onState(this.#state, `${node.who} does not say how far its data is: ${words}`);
      },
      onUntold: ({ who }, reason) => changes?.untold(`${who} does not tell what changes: ${reason}`),
    });
  }

  get #hasOneNode(): boolean {
    return this.#setList.length === 1 && this.#setList[0]!.nodes.length === 1;
  }

  #setWith(node: RedisNode): ReplicaSet | undefined {
    for (const set of this.#sets.values()) if (set.nodes.includes(node)) return set;
    return undefined;
  }

  #picture(sets: readonly WantedSet[]): void {
    if (this.#isClosed) return;
    const isCluster = this.#settings.kind === "cluster";
    const nodes = this.#pool.reconcile(sets);
    this.#setList = sets.map((wanted) => this.#setOf(isCluster ? wanted.id : ""));
    for (const [index, { id, slots }] of sets.entries()) {
      for (const node of nodes[index]!) node.tracking.placed(`${id} ${slots.join()}`);
    }
    for (const [index, set] of this.#setList.entries()) set.setNodes(nodes[index]!);
    if (isCluster) this.#table = new SlotTable(sets);
    for (const [id, set] of this.#sets) {
      if (this.#setList.includes(set)) continue;
      this.#sets.delete(id);
      this.#goneReads = plusReads(this.#goneReads, set);
      set.setNodes([]);
      set.close();
    }
    this.#news.keep(new Set(this.#pool.nodes));
  }

  #setOf(id: string): ReplicaSet {
    let set = this.#sets.get(id);
    if (set === undefined) {
      set = new ReplicaSet({
        ...this.#settings,
        sweep: this.#sweep,
        rolesAreTold: this.#settings.kind !== "plain",
        spans: this.#spans,
        now: this.#deps.now,
        onJudged: (judged) => {
          // First: who reads as soon as a node serves is to have its feed.
          this.#watch?.looked(judged);
          this.#news.looked(judged);
        },
        onServing: () => this.#servingChanged(),
      });
      this.#sets.set(id, set);
    }
    return set;
  }

  /** Up while any node may serve; down once it was up. */
  #servingChanged(): void {
    const isServing = [...this.#sets.values()].some((set) => set.routes.length > 0);
    const state = isServing ? "up" : this.#state === "connecting" ? "connecting" : "down";
    if (state === this.#state || this.#isClosed) return;
    this.#state = state;
    const reason = state === "down" ? [...this.#sets.values()][0]?.unavailable().message : undefined;
    this.#onState(state, reason);
  }

  #clusterReader(addressMap: AddressMap): ClusterReader {
    const store = this;
    const view = {
      get table() {
        return store.#table;
      },
      get sets() {
        return store.#setList;
      },
      nodeAt: (announced: RedisNode["address"]) => store.#pool.at(addressMap.used(announced)),
      refresh: () => store.#topology.refresh(),
    };
    return new ClusterReader(this.#projectBytes, view, this.#deps.now);
  }
}
