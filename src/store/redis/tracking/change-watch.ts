/** Everything that the nodes of a store tell of changes, handed on to who keeps rows and counted; and whom of them to believe. */
import type { ChangeCounts } from "../../../model/feature-store.ts";
import type { StoreChanges } from "../../../model/store-changes.ts";
import type { InvalidationTaker } from "../lane/take-invalidation.ts";
import { ToldProblems } from "../topology/told-problems.ts";
import { type FedSet, judgeFeeds } from "./judge-feeds.ts";
import { parseFreshness } from "./parse-freshness.ts";
import { RepeatedMessages } from "./repeated-messages.ts";

/** While nobody reads, because all is kept, nobody else would notice that a node falls silent. */
const LOOK_EVERY_MS = 50;

export class ChangeWatch implements InvalidationTaker {
  readonly #changes: StoreChanges;
  readonly #maxLagMs: number;
  readonly #now: () => number;
  readonly #problems: ToldProblems;
  readonly #repeated: RepeatedMessages;
  #timer: NodeJS.Timeout | undefined;
  #pushes = 0;
  #keysInvalidated = 0;
  #flushes = 0;
  #freshnessMessages = 0;
  #freshnessRefused = 0;

  /** @param onProblem changes that a node makes will not be told; once for each node, without secrets */
  constructor(changes: StoreChanges, maxLagMs: number, now: () => number, onProblem: (reason: string) => void) {
    this.#changes = changes;
    this.#maxLagMs = maxLagMs;
    this.#now = now;
    this.#problems = new ToldProblems(onProblem);
    // A replica may be max_lag behind, and so may be what tells us that it is not.
    this.#repeated = new RepeatedMessages(2 * maxLagMs + 1000);
  }

  get counts(): ChangeCounts {
    return {
      pushes: this.#pushes,
      keysInvalidated: this.#keysInvalidated,
      flushes: this.#flushes,
      freshnessMessages: this.#freshnessMessages,
      freshnessRefused: this.#freshnessRefused,
    };
  }

  /** @param look has all sets looked at */
  start(look: () => void): void {
    this.#timer = setInterval(
      () => {
        // After a stall of our own loop the samples may be waiting in the sockets: let the loop read them before judging.
        setImmediate(() => {
          if (this.#timer !== undefined) look();
        });
      },
      Math.min(LOOK_EVERY_MS, this.#maxLagMs / 4),
    );
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  pushed(): void {
    this.#pushes += 1;
  }

  keyChanged(storeKey: Buffer): void {
    this.#keysInvalidated += 1;
    this.#changes.keyChanged(storeKey);
  }

  allChanged(): void {
    this.#flushes += 1;
    this.#changes.allChanged();
  }

  /** A message of the freshness channel. @param node that passes it on; undefined = there is no other */
  message(bytes: Buffer, node: string | undefined): void {
    const message = parseFreshness(bytes);
    if (message === undefined) {
      this.#freshnessRefused += 1;
      return;
    }
    this.#freshnessMessages += 1;
    const isRepeat = node !== undefined && this.#repeated.isRepeat(bytes, node, this.#now());
    this.#changes.viewChanged(message.view, message.storeKeys, isRepeat);
  }

  /** The nodes of a set were looked at. */
  looked(set: FedSet): void {
    judgeFeeds(set, this.#maxLagMs, this.#now());
  }

  /** A node does not tell changes. @param sentence names it, and why; told once */
  untold(sentence: string): void {
    this.#problems.tell(sentence, sentence);
  }
}
