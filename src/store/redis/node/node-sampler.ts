/** Asks a node every quarter of `max_lag` how far it is, on a connection of its own: behind reads the answer would come late. */
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { ControlConnection } from "../control/control-connection.ts";
import type { NodeReport } from "../control/node-report.ts";
import type { DialTarget } from "../lane/dial.ts";
import { type AskValue, askReport } from "./ask-report.ts";

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
    await this.#control?.close();
  }

  #connection(address: RedisAddress): ControlConnection {
    const nothing = (): void => {};
    const { tls, credentials, clientName, connectTimeoutMs } = this.#target;
    const target = { kind: "redis", address, tls, credentials, clientName, connectTimeoutMs } as const;
    // What fails here shows in the age of the samples.
    return new ControlConnection(target, this.#deps, {
      onUp: nothing,
      onFailed: nothing,
      onPush: nothing,
      onLoginRefused: nothing,
    });
  }

  #sample(): void {
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
      if (told.report === undefined) {
        this.#refusedMs = this.#deps.now();
        this.#port.onRefused(told.words);
        return;
      }
      const runId = told.report.runId ?? "";
      if (runId === this.#port.runId()) this.#port.onReport(told.report, epoch, atMs);
      else this.#isElsewhere = true;
    });
  }
}
