/**
 * Reads of a cluster: cut by slot, sent to the set that holds each slot, and followed to where the keys are when they lie elsewhere.
 * A replica does not know that a slot is being moved away and answers nothing for a key that has gone already
 * (cluster.c:getNodeByQuery), so a row that a replica does not have is asked for once more, of the primary, which knows.
 */
import type { Lookup, RowBlock, RowFeed } from "../../../model/lookup.ts";
import type { ReadCaller } from "../../../model/read-attempt.ts";
import type { RedisAddress } from "../../../model/redis-settings.ts";
import { ServeError } from "../../../model/serve-error.ts";
import { callerLeft } from "../../caller-left.ts";
import type { NodeRows } from "../lane/pending-read.ts";
import type { RedisNode } from "../node/redis-node.ts";
import type { ReplicaSet } from "../routing/replica-set.ts";
import { keySlot } from "./key-slot.ts";
import { BlockMerger } from "./merge-blocks.ts";
import { parseRedirect } from "./parse-redirect.ts";
import type { SlotTable } from "./slot-table.ts";
import { splitLookups } from "./split-lookups.ts";

/** A key that is passed on more often is in a cluster that does not agree with itself. */
const MOST_ROUNDS = 5;
/** Pause before a node that is not up is looked at again. */
const LOOK_AGAIN_MS = 5;
/** For a node that keys were just moved to and that was not known before. */
const LONGEST_WAIT_MS = 1000;

/** What the reader sees of the cluster. */
export interface ClusterView {
  /** As last learned; undefined = not yet. */
  readonly table: SlotTable | undefined;
  /** By place in the table. */
  readonly sets: readonly ReplicaSet[];
  /** @param announced as the cluster names it; a node that is not known yet is connected to */
  nodeAt(announced: RedisAddress): RedisNode;
  /** The picture is wrong. */
  refresh(): void;
}

/** One row that has to be asked for again. */
interface Pursuit {
  readonly lookup: number;
  readonly key: number;
  readonly node: RedisNode;
  readonly isAsking: boolean;
}

export class ClusterReader {
  readonly #project: Buffer;
  readonly #view: ClusterView;
  readonly #now: () => number;

  constructor(project: Buffer, view: ClusterView, now: () => number) {
    this.#project = project;
    this.#view = view;
    this.#now = now;
  }

  /**
   * @param isCached over connections whose keys are tracked
   * @param caller looked at between the chunks of a large read
   * @throws ServeError UNAVAILABLE or DEADLINE_EXCEEDED
   */
  async read(
    lookups: readonly Lookup[],
    deadlineMs: number,
    isCached = false,
    caller?: ReadCaller,
  ): Promise<readonly RowBlock[]> {
    const { table, sets } = this.#view;
    if (table === undefined) throw new ServeError("UNAVAILABLE", "The slots of the Redis cluster are not known yet");
    const parts = splitLookups(lookups, (key) => table.setOf(keySlot(key, this.#project)), sets.length);
    if (parts.some(({ part }) => sets[part] === undefined)) {
      this.#view.refresh();
      throw new ServeError("UNAVAILABLE", "No node of the Redis cluster holds the slot of a key");
    }
    const reads = parts.map(({ part, lookups: own }) => this.#readPart(sets[part]!, own, deadlineMs, isCached, caller));
    const merger = new BlockMerger(lookups);
    for (const [index, rows] of (await Promise.all(reads)).entries()) merger.put(parts[index]!, rows);
    return merger.blocks();
  }

  async #readPart(
    set: ReplicaSet,
    lookups: readonly Lookup[],
    deadlineMs: number,
    isCached: boolean,
    caller: ReadCaller | undefined,
  ): Promise<readonly NodeRows[]> {
    const rows = await set.read(lookups, deadlineMs, undefined, isCached, caller);
    await this.#askPrimary(set, lookups, rows, deadlineMs, isCached, caller);
    let pursuits = await this.#redirected(rows, deadlineMs);
    for (let round = 0; pursuits.length > 0; round += 1) {
      if (round === MOST_ROUNDS)
        throw new ServeError("UNAVAILABLE", "The nodes of the Redis cluster send keys in circles");
      if (caller?.cancelled) throw callerLeft();
      pursuits = await this.#pursue(set, lookups, rows, pursuits, deadlineMs, isCached, caller);
    }
    return rows;
  }

  /**
   * Rows that a replica does not have and that were not sent elsewhere. Nothing but the primary's word makes them absent, however
   * long it takes; only where that is not connected (and no slot can be on its way from it) the replica's word counts.
   */
  async #askPrimary(
    set: ReplicaSet,
    lookups: readonly Lookup[],
    rows: readonly NodeRows[],
    deadlineMs: number,
    isCached: boolean,
    caller: ReadCaller | undefined,
  ): Promise<void> {
    const pursuits = doubtful(set, lookups, rows);
    const node = pursuits[0]?.node;
    if (node === undefined) return;
    if (caller?.cancelled) throw callerLeft();
    const asked = pursuits.map((pursuit) => oneRow(lookups, pursuit));
    try {
      const found = await set.read(asked, deadlineMs, { node, isAsking: false }, isCached, caller);
      for (const [index, { lookup, key }] of pursuits.entries()) {
        putRow(rows[lookup]!, key, found[index]!, asked[index]!);
        const redirects = found[index]!.redirects?.map(({ text }) => ({ key, text })) ?? [];
        rows[lookup]!.redirects = [...(rows[lookup]!.redirects ?? []), ...redirects];
      }
    } catch (error) {
      if (node.isUp) throw error;
    }
  }

  /** Asks for the rows where they are said to be, and puts them in their places. @returns those that are still elsewhere */
  async #pursue(
    set: ReplicaSet,
    lookups: readonly Lookup[],
    rows: readonly NodeRows[],
    pursuits: readonly Pursuit[],
    deadlineMs: number,
    isCached: boolean,
    caller: ReadCaller | undefined,
  ): Promise<readonly Pursuit[]> {
    const left = await Promise.all(
      groupByNode(pursuits).map(async (group) => {
        const { node, isAsking } = group[0]!;
        const asked = group.map((pursuit) => oneRow(lookups, pursuit));
        const found = await set.read(asked, deadlineMs, { node, isAsking }, isCached, caller);
        for (const [index, { lookup, key }] of group.entries())
          putRow(rows[lookup]!, key, found[index]!, asked[index]!);
        // Who is named by a redirection knows whether there is such a row.
        const again = await this.#redirected(found, deadlineMs);
        return again.map((pursuit) => ({ ...pursuit, ...placeOf(group[pursuit.lookup]!) }));
      }),
    );
    return left.flat();
  }

  /** The rows that were sent elsewhere. */
  async #redirected(rows: readonly NodeRows[], deadlineMs: number): Promise<readonly Pursuit[]> {
    const found: Pursuit[] = [];
    for (let lookup = 0; lookup < rows.length; lookup += 1) {
      const { redirects } = rows[lookup]!;
      if (redirects === undefined || redirects.length === 0) continue;
      this.#view.refresh();
      for (const { key, text } of redirects) found.push({ lookup, key, ...(await this.#target(text, deadlineMs)) });
    }
    return found;
  }

  /** The node that a redirection names; one that is new may need a moment. */
  async #target(text: string, deadlineMs: number): Promise<Pick<Pursuit, "node" | "isAsking">> {
    const redirect = parseRedirect(text);
    if (redirect === undefined)
      throw new ServeError("UNAVAILABLE", "A node of the Redis cluster sent a strange redirection");
    const untilMs = Math.min(deadlineMs, this.#now() + LONGEST_WAIT_MS);
    do {
      const node = this.#view.nodeAt(redirect.address);
      if (node.isUp) return { node, isAsking: redirect.isAsking };
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    } while (this.#now() < untilMs);
    throw new ServeError("UNAVAILABLE", "The node of the Redis cluster that has a key cannot be reached");
  }
}

function doubtful(set: ReplicaSet, lookups: readonly Lookup[], rows: readonly NodeRows[]): Pursuit[] {
  const found: Pursuit[] = [];
  for (let lookup = 0; lookup < rows.length; lookup += 1) {
    const block = rows[lookup]!;
    if (block.isFromPrimary) continue;
    const missing = missingRows(block, lookups[lookup]!);
    const node = missing.length === 0 ? undefined : set.nodes.find((each) => each.isUp && each.sync.isPrimary);
    // Unless the primary says so as well, it may be served, but not be kept: the replica would never tell that it was wrong.
    for (const key of missing) putFeed(block, key, undefined);
    if (node === undefined) continue;
    for (const key of missing) {
      if (!block.redirects?.some((redirect) => redirect.key === key))
        found.push({ lookup, key, node, isAsking: false });
    }
  }
  return found;
}

function oneRow(lookups: readonly Lookup[], { lookup, key }: Pursuit): Lookup {
  const { shape, keys } = lookups[lookup]!;
  return { shape, keys: [keys[key]!] };
}

function placeOf({ lookup, key }: Pursuit): Pick<Pursuit, "lookup" | "key"> {
  return { lookup, key };
}

function groupByNode(pursuits: readonly Pursuit[]): Pursuit[][] {
  const groups: Pursuit[][] = [];
  for (const pursuit of pursuits) {
    const group = groups.find(([first]) => first?.node === pursuit.node && first.isAsking === pursuit.isAsking);
    if (group === undefined) groups.push([pursuit]);
    else group.push(pursuit);
  }
  return groups;
}

/** Keys of which no field is there. */
function missingRows({ spans }: NodeRows, { shape: { stride }, keys }: Lookup): number[] {
  const missing: number[] = [];
  for (let key = 0; key < keys.length; key += 1) {
    let at = 2 * key * stride;
    const end = at + 2 * stride;
    while (at < end && spans[at]! < 0) at += 2;
    if (at === end && stride > 0) missing.push(key);
  }
  return missing;
}

function putRow(to: NodeRows, key: number, from: NodeRows, { shape: { stride } }: Lookup): void {
  to.sources[key] = from.sources[0]!;
  putFeed(to, key, from.feed);
  to.spans.set(from.spans.subarray(0, 2 * stride), 2 * key * stride);
}

function putFeed(to: NodeRows, key: number, feed: RowFeed | undefined): void {
  if (to.feeds === undefined && to.feed === feed) return;
  to.feeds ??= new Array<RowFeed | undefined>(to.sources.length).fill(to.feed);
  to.feeds[key] = feed;
}
