/** The slow calls of late, with where their time went: no keys, no features. Bounded; the oldest goes. */
import type { Ledger } from "../model/ledger.ts";
import type { Surface } from "../model/surface.ts";
import type { RequestOutcome } from "../telemetry/recorder.ts";

const SIZE = 200;

export interface SlowCall {
  /** When its answer left. */
  readonly at: string;
  readonly surface: Surface;
  readonly outcome: RequestOutcome;
  readonly totalUs: number;
  /** By hop; `other` = what is in none. */
  readonly hopsUs: Readonly<Record<string, number>>;
}

export class SlowCallRing {
  readonly #slowUs: number;
  readonly #epochMs: () => number;
  readonly #calls: SlowCall[] = [];
  #next = 0;

  /** @param slowMs calls that take longer are slow */
  constructor(slowMs: number, epochMs: () => number) {
    this.#slowUs = slowMs * 1000;
    this.#epochMs = epochMs;
  }

  /** A call was answered, or refused. @param nowMs on the ledger's clock: the write of the answer has returned */
  answered(surface: Surface, outcome: RequestOutcome, ledger: Ledger, nowMs: number): void {
    const totalUs = ledger.totalUs(nowMs);
    if (totalUs <= this.#slowUs) return;
    this.#calls[this.#next] = {
      at: new Date(this.#epochMs()).toISOString(),
      surface,
      outcome,
      totalUs,
      hopsUs: ledger.hopsUs(totalUs),
    };
    this.#next = (this.#next + 1) % SIZE;
  }

  /** Newest first. */
  list(): readonly SlowCall[] {
    return [...this.#calls.slice(this.#next), ...this.#calls.slice(0, this.#next)].reverse();
  }
}
