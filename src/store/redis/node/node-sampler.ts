/**
 * Asks a node every quarter of `max_lag` how far it is, on a connection of its own: behind reads the answer would come late. Listens
 * there to the freshness channel, too.
 */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { ControlConnection, type ControlEvents } from "../control/control-connection.ts";
import type { NodeReport } from "../control/node-report.ts";
import type { DialTarget } from "../lane/dial.ts";
import { type AskValue, askReport } from "./ask-report.ts";
import type { FreshnessLink } from "./freshness-link.ts";

/** A node that refused to say what it is may be allowed to later. */
const ASK_AGAIN_AFTER_MS = 30_000;

export interface SamplerPort {
  /** Number of the connection for reads. */
  readonly epoch: () => number;
  /** Of the process that the connection for reads leads to, "" = not known. */
  readonly runId: () => string;
  /** The same question over the connection for reads. */
  readonly askOverReads: AskValue;
  readonly onReport: (report: NodeReport, epoch: number, atMs: number) => void;
  readonly onRefused: (words: string) => void;
  /** undefined = nothing is listened to. */
  readonly freshness: FreshnessLink | undefined;
}

export class NodeSampler {
  readonly #target: DialTarget;
  readonly #everyMs: number;
  readonly #deps: StoreDeps;
  readonly #port: SamplerPort;
  #control: ControlConnection | undefined;
  #controlAddress: RedisAddress | undefined;
  /** The connection leads to another process than the one for reads: it is asked instead. */
  #isElsewhere = false;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #refusedMs = Number.NEGATIVE_INFINITY;

  constructor(target: DialTarget, maxLagMs: number, deps: StoreDeps, port: SamplerPort) {
    this.#target = target;
    this.#everyMs = maxLagMs / 4;
    this.#deps = deps;
    this.#port = port;
  }

  /** The connection for reads is up. @param peer where it leads: names may stand for several nodes */
  begin(peer: RedisAddress): void {
    this.#isElsewhere = false;
    if (this.#controlAddress?.host !== peer.host || this.#controlAddress.port !== peer.port) {
      void this.#control?.close();
      void this.#port.freshness?.reset();
      this.#controlAddress = peer;
      this.#control = this.#connection(peer);
      this.#control.start();
    }
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#sample(), this.#everyMs);
    this.#timer.unref();
  }

  /** It is lost. */
  pause(): void {
    clearInterval(this.#timer);
    this.#isAsking = false;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#control?.close(), this.#port.freshness?.reset()]);
  }

  #connection(address: RedisAddress): ControlConnection {
    const { freshness } = this.#port;
    const control = this.#open(address, {
      onUp: () => {
        if (control === this.#control) freshness?.up(control, (events) => this.#open(address, events));
      },
      onPush: (frame) => freshness?.heard(frame),
    });
    return control;
  }

  #open(address: RedisAddress, events: Pick<ControlEvents, "onUp" | "onPush">): ControlConnection {
    const nothing = (): void => {};
    const { tls, credentials, clientName, connectTimeoutMs } = this.#target;
    const target = { kind: "redis", address, tls, credentials, clientName, connectTimeoutMs } as const;
    // What fails here shows in the age of the samples.
    return new ControlConnection(target, this.#deps, { ...events, onFailed: nothing, onLoginRefused: nothing });
  }

  #sample(): void {
    this.#port.freshness?.ping();
    const atMs = this.#deps.now();
    if (this.#isAsking || atMs - this.#refusedMs < ASK_AGAIN_AFTER_MS) return;
    const epoch = this.#port.epoch();
    const control = this.#control;
    const ask: AskValue =
      this.#isElsewhere || control === undefined || !control.isUp
        ? this.#port.askOverReads
        : (words, take) => {
            control.ask(words, 4 * this.#everyMs).then(take, () => {
              this.#isAsking = false;
            });
          };
    this.#isAsking = true;
    askReport(ask, this.#target.db, (told) => {
      this.#isAsking = false;
      if (epoch !== this.#port.epoch()) return;
      if (told.report !== undefined) {
        // What the connection for reads says of itself is right, whatever it was before.
        if (ask !== this.#port.askOverReads && isOther(told.report.runId, this.#port.runId())) this.#isElsewhere = true;
        else this.#port.onReport(told.report, epoch, atMs);
      } else if (told.isRefusal) {
        this.#refusedMs = this.#deps.now();
        this.#port.onRefused(told.words);
      }
    });
  }
}

/** Both are known, and they differ. A user may lose the right to INFO, and ROLE tells no run id. */
export function isOther(runId: string | undefined, known: string): boolean {
  return runId !== undefined && known !== "" && runId !== known;
}
