/** Whether a node tells changes of the rows that are read over its first connection, and the feed that these rows are given. */
import type { NodeTrackingFigures, TrackingReason } from "../../../model/feature-store.ts";
import { type RowFeed, UNTOLD_FEED } from "../../../model/lookup.ts";
import { RespError } from "../lane/resp-value.ts";
import type { NodeRole } from "../sync/node-sync.ts";
import type { AskValue } from "./ask-report.ts";

class NodeFeed implements RowFeed {
  isTrusted = true;
  trustedUntilMs: number;
  readonly isTold = true;

  constructor(trustedUntilMs: number) {
    this.trustedUntilMs = trustedUntilMs;
  }
}

export class NodeTracking {
  readonly #isWatched: boolean;
  #answer: Exclude<TrackingReason, "in_doubt"> = "asked";
  #feed: NodeFeed | undefined;
  #role: NodeRole | undefined;
  #gateOpened = 0;
  #place = "";
  #connection = 0;
  #refusal = "";

  /** @param isWatched somebody wants to know */
  constructor(isWatched: boolean) {
    this.#isWatched = isWatched;
  }

  /** Of rows that are read now over the first connection; undefined = the node is in doubt, or nobody wants to know. */
  get feed(): RowFeed | undefined {
    return this.#answer === "refused" || this.#answer === "no_resp3" ? UNTOLD_FEED : this.#feed;
  }

  /** The node tracks what is read over its first connection. */
  get isOn(): boolean {
    return this.#answer === "on";
  }

  /** undefined = nobody wants to know. */
  get figures(): NodeTrackingFigures | undefined {
    if (!this.#isWatched) return undefined;
    const isOn = this.#feed !== undefined;
    return { isOn, reason: this.isOn && !isOn ? "in_doubt" : this.#answer };
  }

  /** Why the node does not track, in words of the server, not redacted; "" = it does, or has not answered yet. */
  get refusal(): string {
    return this.#refusal;
  }

  /**
   * A connection is up. Asks the node to track the keys that are read over it: in the default mode, for of Feast's keys the project
   * is the end, which BCAST cannot select.
   */
  connected(isResp3: boolean, ask: AskValue): void {
    if (!this.#isWatched) return;
    this.#connection += 1;
    const connection = this.#connection;
    // Redis would say OK on RESP2, too, and then tell nothing (tracking.c:sendTrackingMessage).
    if (!isResp3) this.#refused("no_resp3", "it does not speak RESP3");
    else {
      ask(["CLIENT", "TRACKING", "ON"], (reply) => {
        if (connection !== this.#connection) return;
        if (reply === "OK") this.#answer = "on";
        else this.#refused("refused", reply instanceof RespError ? reply.text.slice(0, 200) : "another answer than OK");
      });
    }
  }

  /** The connection is gone, and with it what the node would have told. */
  lost(): void {
    this.#connection += 1;
    this.#answer = "asked";
    this.#refusal = "";
    this.doubted();
  }

  /**
   * The node is to be believed; what was read from it before it changed its role, or was silent, was another feed.
   * @param untilMs and no longer, without another look
   */
  believed(role: NodeRole | undefined, gateOpened: number, untilMs: number): void {
    if (role !== this.#role || gateOpened !== this.#gateOpened) this.doubted();
    this.#role = role;
    this.#gateOpened = gateOpened;
    if (!this.isOn) return;
    if (this.#feed === undefined) this.#feed = new NodeFeed(untilMs);
    else this.#feed.trustedUntilMs = untilMs;
  }

  /** Changes may go unnoticed from now on. */
  doubted(): void {
    if (this.#feed !== undefined) this.#feed.isTrusted = false;
    this.#feed = undefined;
  }

  /** @param place its set and the set's slots: a key that went elsewhere is changed there */
  placed(place: string): void {
    if (place !== this.#place) this.doubted();
    this.#place = place;
  }

  #refused(answer: "no_resp3" | "refused", words: string): void {
    this.#answer = answer;
    this.#refusal = words;
  }
}
