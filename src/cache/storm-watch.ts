/**
 * Says when keys change so fast (a materialization) that keeping rows does not pay: each row kept is one that Redis has to remember,
 * to tell us of, and that we read again.
 */

/** A storm begins when more keys change. A writer of a stream pushes tens to hundreds of keys that are read here, per second. */
const STORM_PER_SECOND = 2000;
/** It is over when fewer do. */
const CALM_PER_SECOND = 1000;
/** Either has to hold for so many seconds in a row. */
const SECONDS = 2;
const WINDOW_MS = 1000;

export class StormWatch {
  /** Storms so far. */
  storms = 0;
  #isOn = false;
  #count = 0;
  #startMs: number;
  /** Windows in a row that ask for a change of state. */
  #windows = 0;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
  }

  changed(nowMs: number): void {
    this.#look(nowMs);
    this.#count += 1;
  }

  isOn(nowMs: number): boolean {
    this.#look(nowMs);
    return this.#isOn;
  }

  #look(nowMs: number): void {
    const passedMs = nowMs - this.#startMs;
    if (passedMs < WINDOW_MS) return;
    this.#window(this.#count);
    this.#count = 0;
    // In the windows since then nothing changed.
    const quiet = Math.floor(passedMs / WINDOW_MS) - 1;
    for (let window = 0; window < Math.min(quiet, SECONDS); window += 1) this.#window(0);
    this.#startMs += WINDOW_MS * (quiet + 1);
  }

  #window(changes: number): void {
    const asksForChange = this.#isOn ? changes < CALM_PER_SECOND : changes > STORM_PER_SECOND;
    this.#windows = asksForChange ? this.#windows + 1 : 0;
    if (this.#windows < SECONDS) return;
    this.#windows = 0;
    this.#isOn = !this.#isOn;
    if (this.#isOn) this.storms += 1;
  }
}
