/** `redis_type: redis_cluster`: a set per primary, with the slots that it has. */
import type { RedisAddress, RedisSettings } from "../../../model/redis-settings.ts";
import type { StoreDeps } from "../../store-deps.ts";
import type { AddressMap } from "../control/address-map.ts";
import type { NodeReport } from "../control/node-report.ts";
import { addressKey } from "./address-key.ts";
import { askCluster, type ClusterAnswer } from "./ask-cluster.ts";
import { type ClusterLink, ClusterLinks } from "./cluster-links.ts";
import { type ClusterPicture, clusterSets, NO_CLUSTER } from "./cluster-sets.ts";
import { Doubt } from "./doubt.ts";
import { LookAgain, RETRY_MS } from "./look-again.ts";
import type { OpenLink } from "./node-link.ts";
import { SetTeller } from "./set-teller.ts";
import { ToldProblems } from "./told-problems.ts";
import type { Topology, TopologyEvents } from "./topology.ts";

const LOOK_EVERY_MS = 5000;
/**
 * When something has happened, a change may take a while to come about, and longer to be known everywhere: pauses of 100 ms, 200 ms
 * … 1.6 s between looks that find nothing new.
 */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 1600;
/** A map that is behind is believed when it is all there is for this long. */
const PATIENCE_MS = 2000;
/** Or at once when so many nodes give it, if only slots are missing. Several may not have heard of a new configuration yet. */
const SPEAKERS = 2;

/**
 * Asks seeds and nodes in turn. A node that was reset, or cut off for a while, gives a map that is behind: that replaces the
 * known one only when others say so too, or nobody says otherwise; one without slots never does.
 */
export class ClusterTopology implements Topology {
  readonly #seeds: readonly RedisAddress[];
  readonly #addressMap: AddressMap;
  readonly #deps: StoreDeps;
  readonly #look: LookAgain;
  readonly #links: ClusterLinks;
  readonly #teller: SetTeller;
  readonly #problems: ToldProblems;
  readonly #doubt = new Doubt(PATIENCE_MS);
  #picture: ClusterPicture = NO_CLUSTER;
  #slotCount = 0;
  #epoch = 0;
  /** Pause after the next look that finds nothing new. */
  #pauseMs = LOOK_EVERY_MS;
  #roles: ReadonlyMap<string, "primary" | "replica" | undefined> = new Map();
  #phase: "idle" | "open" | "closed" = "idle";

  /** @param openLink to nodes of the cluster */
  constructor(
    settings: Pick<RedisSettings, "endpoints">,
    addressMap: AddressMap,
    openLink: OpenLink,
    deps: StoreDeps,
    events: TopologyEvents,
  ) {
    this.#seeds = settings.endpoints;
    this.#addressMap = addressMap;
    this.#deps = deps;
    this.#teller = new SetTeller(events.onSets);
    this.#problems = new ToldProblems(events.onProblem);
    this.#look = new LookAgain(() => this.#lookNow(), deps);
    this.#links = new ClusterLinks(openLink, {
      onUp: (address) => {
        this.#problems.solved(addressKey(address));
        this.refresh();
      },
      onProblem: (address, reason) => {
        this.#problem(address, reason);
        // Its place is for another one.
        this.refresh();
      },
    });
  }

  start(): void {
    if (this.#phase !== "idle") return;
    this.#phase = "open";
    this.#links.use(this.#seeds);
  }

  reported(address: RedisAddress, { role }: NodeReport): void {
    const wanted = this.#roles.get(addressKey(address));
    if (role !== undefined && wanted !== undefined && role !== wanted) this.refresh();
  }

  refresh(): void {
    if (this.#phase !== "open") return;
    if (this.#pauseMs === LOOK_EVERY_MS) this.#pauseMs = FIRST_PAUSE_MS;
    this.#look.soon();
  }

  async close(): Promise<void> {
    this.#phase = "closed";
    this.#look.close();
    await this.#links.close();
  }

  async #lookNow(): Promise<number> {
    this.#links.replaceFailed();
    for (const link of this.#links.inTurn()) {
      const answer = await this.#ask(link);
      if (this.#phase !== "open") return LOOK_EVERY_MS;
      if (answer === undefined || !this.#isBelieved(link, answer)) continue;
      const pictures = this.#teller.count;
      if (this.#take(link, answer)) return this.#nextPauseMs(this.#teller.count > pictures);
    }
    return RETRY_MS;
  }

  /** A change seldom comes alone: replicas that have just started are not named at first, and nodes hear of it one by one. */
  #nextPauseMs(hasChanged: boolean): number {
    const pauseMs = hasChanged ? FIRST_PAUSE_MS : this.#pauseMs;
    this.#pauseMs = 2 * pauseMs > LAST_PAUSE_MS ? LOOK_EVERY_MS : 2 * pauseMs;
    return pauseMs;
  }

  async #ask({ link, address }: ClusterLink): Promise<ClusterAnswer | undefined> {
    try {
      return await askCluster(link, address);
    } catch (error) {
      // Otherwise the connection has said why.
      if (link.isUp) this.#problem(address, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #isBelieved({ address }: ClusterLink, { slotCount, epoch }: ClusterAnswer): boolean {
    const isOlder = (epoch ?? this.#epoch) < this.#epoch;
    if (isOlder || slotCount < this.#slotCount) {
      const needed = isOlder ? Number.POSITIVE_INFINITY : SPEAKERS;
      if (!this.#doubt.believes(addressKey(address), needed, this.#deps.now())) return false;
    }
    this.#doubt.clear();
    return true;
  }

  #take({ address }: ClusterLink, { ranges, slotCount, epoch }: ClusterAnswer): boolean {
    const picture = clusterSets(ranges, this.#picture, this.#addressMap, this.#deps.now());
    if (picture === undefined) {
      this.#problem(address, "the cluster has more primaries than this can follow");
      return false;
    }
    this.#problems.solved(addressKey(address));
    this.#picture = picture;
    this.#slotCount = slotCount;
    this.#epoch = epoch ?? this.#epoch;
    const nodes = picture.sets.flatMap((set) => set.nodes);
    this.#roles = new Map(nodes.map((node) => [addressKey(node.address), node.role]));
    this.#links.use([...this.#seeds, ...nodes.map((node) => node.address)]);
    this.#teller.tell(picture.sets);
    return true;
  }

  #problem(address: RedisAddress, reason: string): void {
    if (this.#phase === "open") this.#problems.tell(addressKey(address), reason);
  }
}
