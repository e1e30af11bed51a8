/** A few connections into a cluster, to nodes that are known; those that fail make room for others. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import { addressKey } from "./address-key.ts";
import type { NodeLink, OpenLink } from "./node-link.ts";

/** One to ask, one that confirms, one that may be hung. */
const MOST_LINKS = 3;

export interface ClusterLink {
  readonly address: RedisAddress;
  readonly link: NodeLink;
}

interface Open extends ClusterLink {
  readonly key: string;
  hasFailed: boolean;
}

export interface LinkEvents {
  readonly onUp: (address: RedisAddress) => void;
  readonly onProblem: (address: RedisAddress, reason: string) => void;
}

export class ClusterLinks {
  readonly #openLink: OpenLink;
  readonly #events: LinkEvents;
  #candidates: ReadonlyMap<string, RedisAddress> = new Map();
  #links: Open[] = [];
  /** The candidate that was taken last. */
  #last = "";
  #turn = 0;
  #isClosed = false;

  constructor(openLink: OpenLink, events: LinkEvents) {
    this.#openLink = openLink;
    this.#events = events;
  }

  /** Connects to some of these, and no longer to any other. */
  use(addresses: readonly RedisAddress[]): void {
    this.#candidates = new Map(addresses.map((address) => [addressKey(address), address]));
    this.#drop(({ key }) => !this.#candidates.has(key));
    this.#fill();
  }

  /** Others instead of those that have failed, where there are others; to those that are tried again, it makes no difference. */
  replaceFailed(): void {
    if (this.#candidates.size <= this.#links.length) return;
    this.#drop(({ hasFailed, link }) => hasFailed && !link.isUp);
    this.#fill();
  }

  /** Those that can be asked; another one first each time. */
  inTurn(): readonly ClusterLink[] {
    this.#turn += 1;
    const up = this.#links.filter(({ link }) => link.isUp);
    return up.map((_, i) => up[(this.#turn + i) % up.length]!);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#links.map(({ link }) => link.close()));
  }

  #drop(mustGo: (open: Open) => boolean): void {
    const going = this.#links.filter(mustGo);
    if (going.length === 0) return;
    this.#links = this.#links.filter((open) => !going.includes(open));
    for (const { link } of going) void link.close();
  }

  #fill(): void {
    if (this.#isClosed) return;
    const keys = [...this.#candidates.keys()];
    const first = keys.indexOf(this.#last) + 1;
    for (let i = 0; i < keys.length && this.#links.length < MOST_LINKS; i += 1) {
      const key = keys[(first + i) % keys.length]!;
      if (this.#links.some((open) => open.key === key)) continue;
      this.#last = key;
      this.#open(key, this.#candidates.get(key)!);
    }
  }

  #open(key: string, address: RedisAddress): void {
    const link = this.#openLink(address, {
      onUp: () => this.#events.onUp(address),
      onFailed: (reason) => {
        open.hasFailed = true;
        this.#events.onProblem(address, reason);
      },
      onPush: () => {},
      onLoginRefused: (reason) => this.#events.onProblem(address, reason),
    });
    const open: Open = { key, address, link, hasFailed: false };
    this.#links.push(open);
    link.start();
  }
}
