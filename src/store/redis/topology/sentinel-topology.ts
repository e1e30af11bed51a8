/** `redis_type: redis_sentinel`: the primary that the sentinels name, and its replicas. */
import type { RedisAddress, RedisSettings } from "../../../model/redis-settings.ts";
import type { StoreDeps } from "../../store-deps.ts";
import type { AddressMap } from "../control/address-map.ts";
import type { NodeReport } from "../control/node-report.ts";
import { addressKey } from "./address-key.ts";
import type { SentinelAnswer } from "./ask-sentinel.ts";
import { Doubt } from "./doubt.ts";
import { LookAgain, RETRY_MS } from "./look-again.ts";
import type { OpenLink } from "./node-link.ts";
import { SentinelPeer } from "./sentinel-peer.ts";
import { SetTeller } from "./set-teller.ts";
import { ToldProblems } from "./told-problems.ts";
import type { Topology, TopologyEvents } from "./topology.ts";

const LOOK_EVERY_MS = 1000;
const MOST_SENTINELS = 16;
const MOST_NODES = 64;
/** A replica or a sentinel that no sentinel has named for this long goes again. */
const FORGET_MS = 60_000;
/**
 * An older configuration than the one that is known is believed when it is all there is for this long. However many sentinels give
 * it: after a failover most of them hear of it only with the next greeting (sentinel.c:SENTINEL_PUBLISH_PERIOD, 2 s).
 */
const PATIENCE_MS = 5000;

interface Peer {
  readonly sentinel: SentinelPeer;
  readonly isConfigured: boolean;
  namedMs: number;
}

interface Known {
  readonly address: RedisAddress;
  namedMs: number;
}

/**
 * One set. Replicas that a sentinel calls down stay in it: the store finds out for itself. Sentinels take turns in being asked;
 * where they differ, the one with the newest configuration is right. A primary that is replaced stays, as a replica, which it
 * is going to be.
 */
export class SentinelTopology implements Topology {
  readonly #settings: Pick<RedisSettings, "endpoints" | "sentinelMaster">;
  readonly #addressMap: AddressMap;
  readonly #openLink: OpenLink;
  readonly #deps: StoreDeps;
  readonly #look: LookAgain;
  readonly #teller: SetTeller;
  readonly #problems: ToldProblems;
  readonly #doubt = new Doubt(PATIENCE_MS);
  readonly #peers = new Map<string, Peer>();
  readonly #nodes = new Map<string, Known>();
  #primary: string | undefined;
  #epoch = 0;
  /** The sentinel that is asked first. */
  #turn = 0;
  #phase: "idle" | "open" | "closed" = "idle";

  /** @param openLink to sentinels */
  constructor(
    settings: Pick<RedisSettings, "endpoints" | "sentinelMaster">,
    addressMap: AddressMap,
    openLink: OpenLink,
    deps: StoreDeps,
    events: TopologyEvents,
  ) {
    this.#settings = settings;
    this.#addressMap = addressMap;
    this.#openLink = openLink;
    this.#deps = deps;
    this.#teller = new SetTeller(events.onSets);
    this.#problems = new ToldProblems(events.onProblem);
    this.#look = new LookAgain(() => this.#lookNow(), deps);
  }

  start(): void {
    if (this.#phase !== "idle") return;
    this.#phase = "open";
    for (const address of this.#settings.endpoints) this.#meet(address, true);
  }

  reported(address: RedisAddress, { role }: NodeReport): void {
    const key = addressKey(address);
    if (role === undefined || !this.#nodes.has(key)) return;
    if ((role === "primary") !== (key === this.#primary)) this.refresh();
  }

  refresh(): void {
    if (this.#phase === "open") this.#look.soon();
  }

  async close(): Promise<void> {
    this.#phase = "closed";
    this.#look.close();
    await Promise.all([...this.#peers.values()].map(({ sentinel }) => sentinel.close()));
  }

  #meet(address: RedisAddress, isConfigured: boolean): void {
    const key = addressKey(address);
    const known = this.#peers.get(key);
    if (known !== undefined) known.namedMs = this.#deps.now();
    if (known !== undefined || (!isConfigured && this.#peers.size >= MOST_SENTINELS)) return;
    const sentinel = new SentinelPeer(address, this.#settings.sentinelMaster, this.#openLink, {
      onUp: () => {
        this.#problems.solved(key);
        this.refresh();
      },
      onNews: () => {
        // The others may not know yet.
        this.#turn = [...this.#peers.keys()].indexOf(key);
        this.refresh();
      },
      onProblem: (reason) => this.#problem(key, reason),
    });
    this.#peers.set(key, { sentinel, isConfigured, namedMs: this.#deps.now() });
    sentinel.start();
  }

  async #lookNow(): Promise<number> {
    const peers = [...this.#peers];
    for (let i = 0; i < peers.length; i += 1) {
      const at = (this.#turn + i) % peers.length;
      const [key, { sentinel }] = peers[at]!;
      if (!sentinel.isUp) continue;
      let answer: SentinelAnswer;
      try {
        answer = await sentinel.ask();
      } catch (error) {
        if (sentinel.isUp) this.#problem(key, error instanceof Error ? error.message : String(error));
        continue;
      }
      if (this.#phase !== "open") return LOOK_EVERY_MS;
      if (answer.refusal === undefined) this.#problems.solved(key);
      else this.#problem(key, answer.refusal);
      if (!this.#isNewest(key, answer)) continue;
      this.#turn = at + 1;
      this.#take(answer);
      return LOOK_EVERY_MS;
    }
    return RETRY_MS;
  }

  /** Sentinels that were reset begin to count anew; one that was cut off from the others has missed something. */
  #isNewest(key: string, { epoch }: SentinelAnswer): boolean {
    const needed = Number.POSITIVE_INFINITY;
    if (epoch < this.#epoch && !this.#doubt.believes(key, needed, this.#deps.now())) return false;
    this.#doubt.clear();
    this.#epoch = epoch;
    return true;
  }

  #take(answer: SentinelAnswer): void {
    const nowMs = this.#deps.now();
    const primary = addressKey(this.#addressMap.used(answer.primary));
    // None of ours was promoted: this is another primary with other data.
    if (!this.#nodes.has(primary)) this.#nodes.clear();
    this.#primary = primary;
    for (const announced of [answer.primary, ...answer.replicas]) {
      const address = this.#addressMap.used(announced);
      const key = addressKey(address);
      const known = this.#nodes.get(key);
      if (known !== undefined) known.namedMs = nowMs;
      else if (this.#nodes.size < MOST_NODES) this.#nodes.set(key, { address, namedMs: nowMs });
    }
    for (const [key, { namedMs }] of this.#nodes) if (nowMs - namedMs >= FORGET_MS) this.#nodes.delete(key);
    const nodes = [...this.#nodes].map(
      ([key, { address }]) => ({ address, zone: "", role: key === primary ? "primary" : "replica" }) as const,
    );
    this.#teller.tell([{ id: this.#settings.sentinelMaster, nodes, slots: [] }]);
    this.#meetPeers(answer.peers, nowMs);
  }

  #meetPeers(peers: readonly RedisAddress[], nowMs: number): void {
    for (const announced of peers) this.#meet(this.#addressMap.used(announced), false);
    for (const [key, { sentinel, isConfigured, namedMs }] of this.#peers) {
      if (isConfigured || nowMs - namedMs < FORGET_MS) continue;
      this.#peers.delete(key);
      this.#problems.solved(key);
      void sentinel.close();
    }
  }

  #problem(key: string, reason: string): void {
    if (this.#phase === "open") this.#problems.tell(key, reason);
  }
}
