/**
 * The slowest calls of the last minutes. Each minute has its own few places, filled in place: a call that is faster than all of them costs
 * one comparison.
 */
import { HOPS, type Ledger } from "../../model/ledger.ts";
import type { Surface } from "../../model/surface.ts";
import type { RequestOutcome } from "../recorder.ts";

export interface SlowCall {
  /** Tells it from all others of this process. */
  readonly id: number;
  readonly surface: Surface;
  readonly outcome: RequestOutcome;
  /** "" = nobody keeps a trace of it. */
  readonly traceId: string;
  readonly totalUs: number;
  /** In the order of HOPS; what is in none of them is the rest of the total. */
  readonly hopsUs: readonly number[];
  /** Since it was answered. */
  readonly ageSeconds: number;
}

const SHOWN = 20;
const MINUTE_MS = 60_000;
const REACH_MS = 5 * MINUTE_MS;
/** One more than the reach, since the first of them is half gone. */
const MINUTES = 6;

/** A place for a call; written over again and again. */
interface Place {
  id: number;
  surface: Surface;
  outcome: RequestOutcome;
  traceId: string;
  totalUs: number;
  readonly hopsUs: Int32Array;
  endMs: number;
}

export class SlowestCalls {
  readonly #places: readonly Place[] = Array.from({ length: SHOWN * MINUTES }, emptyPlace);
  /** First place of the minute that runs. */
  #base = 0;
  /** Of its fastest call, which is next to go. */
  #fastest = 0;
  #fastestUs = 0;
  #minuteEndMs = Number.NEGATIVE_INFINITY;
  #nextId = 1;

  /** @param nowMs monotonic: it was answered @param totalUs since its first byte */
  offer(surface: Surface, outcome: RequestOutcome, ledger: Ledger, totalUs: number, nowMs: number): void {
    if (nowMs >= this.#minuteEndMs) this.#turn(nowMs);
    if (totalUs <= this.#fastestUs) return;
    const place = this.#places[this.#fastest]!;
    place.id = this.#nextId++;
    place.surface = surface;
    place.outcome = outcome;
    place.traceId = ledger.traceId;
    place.totalUs = totalUs;
    place.hopsUs.set(ledger.us);
    place.endMs = nowMs;
    this.#findFastest();
  }

  /** Slowest first, at most 20, none older than five minutes. */
  list(nowMs: number): SlowCall[] {
    return this.#places
      .filter(({ totalUs, endMs }) => totalUs > 0 && nowMs - endMs <= REACH_MS)
      .sort((one, other) => other.totalUs - one.totalUs || one.id - other.id)
      .slice(0, SHOWN)
      .map(({ endMs, hopsUs, ...call }) => ({
        ...call,
        hopsUs: [...hopsUs],
        ageSeconds: Math.max(0, nowMs - endMs) / 1000,
      }));
  }

  #turn(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    this.#minuteEndMs = (minute + 1) * MINUTE_MS;
    this.#base = (minute % MINUTES) * SHOWN;
    // What is here is at least five minutes old, minutes without calls in between or not.
    for (let index = this.#base; index < this.#base + SHOWN; index += 1) this.#places[index]!.totalUs = 0;
    this.#findFastest();
  }

  #findFastest(): void {
    this.#fastest = this.#base;
    for (let index = this.#base + 1; index < this.#base + SHOWN; index += 1) {
      if (this.#places[index]!.totalUs < this.#places[this.#fastest]!.totalUs) this.#fastest = index;
    }
    this.#fastestUs = this.#places[this.#fastest]!.totalUs;
  }
}

function emptyPlace(): Place {
  return {
    id: 0,
    surface: "http",
    outcome: "OK",
    traceId: "",
    totalUs: 0,
    hopsUs: new Int32Array(HOPS.length),
    endMs: 0,
  };
}
