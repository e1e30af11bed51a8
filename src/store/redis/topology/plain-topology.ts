/** `redis_type: redis`: the configured nodes, and those that they name in INFO or ROLE. */
import type { RedisAddress, RedisSettings } from "../../../model/redis-settings.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { type AddressMap, addressText } from "../control/address-map.ts";
import type { NodeReport } from "../control/node-report.ts";
import { addressKey } from "./address-key.ts";
import { SetTeller } from "./set-teller.ts";
import type { Topology, TopologyEvents } from "./topology.ts";

const MOST_NODES = 64;
/** A node that nobody has named for this long goes again. */
const FORGET_MS = 60_000;

interface Known {
  readonly address: RedisAddress;
  readonly zone: string;
  readonly isConfigured: boolean;
  namedMs: number;
  /**
   * Configured nodes that have named it and said nothing since that leaves it out. It stays while there is one: when the only
   * configured replica dies, the primary that it named is all that is left.
   */
  readonly heldBy: Set<string>;
}

/**
 * One set of all nodes. The node that is configured is read as Feast reads it, so only the first endpoint counts
 * (feast/infra/online_stores/redis.py:_get_client); replicas come from `sidecar.redis.replicas` and from what nodes say:
 * a primary names its replicas, a replica its primary and replicas of its own. With `read_from: primary` nothing is discovered.
 * It has no connections and no timers: it lives on the reports.
 */
export class PlainTopology implements Topology {
  readonly #discovers: boolean;
  readonly #addressMap: AddressMap;
  readonly #now: () => number;
  readonly #events: TopologyEvents;
  readonly #teller: SetTeller;
  readonly #nodes = new Map<string, Known>();
  /** Told once each. */
  readonly #problems = new Set<string>();
  #isOpen = false;

  constructor(
    settings: Pick<RedisSettings, "endpoints" | "replicas" | "readFrom">,
    addressMap: AddressMap,
    { now }: Pick<StoreDeps, "now">,
    events: TopologyEvents,
  ) {
    this.#discovers = settings.readFrom !== "primary";
    this.#addressMap = addressMap;
    this.#now = now;
    this.#events = events;
    this.#teller = new SetTeller(events.onSets);
    for (const address of settings.endpoints.slice(0, 1)) {
      // A zone can be given to it by naming it among the replicas.
      const twin = settings.replicas.find((replica) => addressKey(replica.address) === addressKey(address));
      this.#add(address, twin?.zone ?? "", true);
    }
    for (const { address, zone } of settings.replicas) this.#add(address, zone, true);
  }

  start(): void {
    this.#isOpen = true;
    this.#tell();
  }

  reported(address: RedisAddress, report: NodeReport): void {
    if (!this.#isOpen) return;
    if (report.role === "sentinel") {
      this.#problem(`redis ${addressText(address)} is a sentinel: redis_type has to be redis_sentinel`);
      return;
    }
    if (!this.#discovers || report.role === undefined) return;
    const nowMs = this.#now();
    this.#named(addressKey(address), report, nowMs);
    for (const [key, node] of this.#nodes) {
      if (!node.isConfigured && node.heldBy.size === 0 && nowMs - node.namedMs >= FORGET_MS) this.#nodes.delete(key);
    }
    this.#tell();
  }

  /** There is nobody to ask but the nodes, which are asked all the time. */
  refresh(): void {}

  close(): Promise<void> {
    this.#isOpen = false;
    return Promise.resolve();
  }

  #named(by: string, { primary, replicas }: NodeReport, nowMs: number): void {
    const holds = this.#nodes.get(by)?.isConfigured === true;
    const named = new Set<string>();
    for (const announced of [...(primary === undefined ? [] : [primary]), ...replicas.map((it) => it.address)]) {
      const address = this.#addressMap.used(announced);
      const key = addressKey(address);
      const node = this.#nodes.get(key) ?? this.#add(address, "", false);
      if (node === undefined) continue;
      named.add(key);
      node.namedMs = nowMs;
      if (holds) node.heldBy.add(by);
    }
    for (const [key, node] of this.#nodes) if (!named.has(key)) node.heldBy.delete(by);
  }

  #add(address: RedisAddress, zone: string, isConfigured: boolean): Known | undefined {
    const key = addressKey(address);
    if (this.#nodes.has(key)) return undefined;
    if (!isConfigured && this.#nodes.size >= MOST_NODES) {
      this.#problem(`more than ${MOST_NODES} Redis nodes: the others are not used`);
      return undefined;
    }
    const node = { address, zone, isConfigured, namedMs: this.#now(), heldBy: new Set<string>() };
    this.#nodes.set(key, node);
    return node;
  }

  #problem(reason: string): void {
    if (this.#problems.has(reason) || this.#problems.size >= MOST_NODES) return;
    this.#problems.add(reason);
    this.#events.onProblem(reason);
  }

  #tell(): void {
    const nodes = [...this.#nodes.values()].map(({ address, zone }) => ({ address, zone, role: undefined }));
    this.#teller.tell([{ id: "all", nodes, slots: [] }]);
  }
}
