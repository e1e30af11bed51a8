/** What a client does that costs us something and it nothing, counted: beyond an allowance its connection ends. */
import { Allowance } from "./allowance.ts";
import { ConnectionError, ErrorCode } from "./frames.ts";

/** Streams cut as abuse, by the client or because of it: at once, and a second after that. */
const RESETS_AT_ONCE = 1000;
const RESETS_PER_SECOND = 100;
/** Streams that come to nothing: unknown methods, too many headers, over the limit. A client that is merely wrong stays below. */
const REFUSALS_AT_ONCE = 1000;
const REFUSALS_PER_SECOND = 100;
/** Frames that carry nothing (PING, SETTINGS, empty DATA …) between two calls. grpc-go and C-core send a PING with each DATA they read. */
const IDLE_FRAMES_AT_ONCE = 2000;
const IDLE_FRAMES_PER_SECOND = 100;
/**
 * Cuts that are not counted for each millisecond in which we read nothing: of an honest client's call and cancel, 10 ms apart, both
 * wait to be read then. In proportion, because a flood of cuts makes such a pause itself.
 */
const PARDONS_PER_MS = 5;
const MAX_PAUSE_MS = 1000;

/** All that throws does so with a ConnectionError ENHANCE_YOUR_CALM. */
export class Conduct {
  readonly #resets: Allowance;
  readonly #refusals: Allowance;
  readonly #idleFrames: Allowance;
  #pardons = 0;
  #pardonedMs = 0;

  constructor(nowMs: number) {
    this.#resets = new Allowance(RESETS_AT_ONCE, RESETS_PER_SECOND, nowMs);
    this.#refusals = new Allowance(REFUSALS_AT_ONCE, REFUSALS_PER_SECOND, nowMs);
    this.#idleFrames = new Allowance(IDLE_FRAMES_AT_ONCE, IDLE_FRAMES_PER_SECOND, nowMs);
  }

  /**
   * We read nothing for a while.
   * @param sinceMs when that began: one pause is pardoned once
   */
  pardon(pauseMs: number, sinceMs: number): void {
    if (sinceMs === this.#pardonedMs) return;
    this.#pardonedMs = sinceMs;
    this.#pardons = Math.floor(Math.min(pauseMs, MAX_PAUSE_MS) * PARDONS_PER_MS);
  }

  /** A stream that is served was opened, or an answer sent: the client does what it is here for. */
  useful(): void {
    this.#idleFrames.refill();
  }

  countReset(nowMs: number): void {
    if (this.#pardons > 0) this.#pardons--;
    else if (!this.#resets.take(nowMs)) throw calm("too many streams are cut");
  }

  countRefusal(nowMs: number): void {
    if (!this.#refusals.take(nowMs)) throw calm("too many streams are refused");
  }

  countIdleFrame(nowMs: number): void {
    if (!this.#idleFrames.take(nowMs)) throw calm("too many frames that carry nothing");
  }
}

function calm(reason: string): ConnectionError {
  return new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, reason);
}
