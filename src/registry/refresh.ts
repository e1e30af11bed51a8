/**
 * Keeps the current snapshot: loads it at start, looks again in the background, swaps it whole, and keeps the last good one
 * when the registry cannot be read. Nothing here is on a request's way but `current()`.
 */
import type { RegistrySnapshot } from "../model/snapshot.ts";
import { type ParsedRegistry, parseSnapshot } from "./parse-snapshot.ts";
import type { RegistrySource } from "./registry-source.ts";

/** Delay before the second try while nothing was loaded yet; doubles with each failure, up to the refresh time. */
const FIRST_RETRY_MS = 1000;
/** Ceiling of that delay when there is no refresh time. */
const MAX_RETRY_MS = 60_000;
/** Each delay is drawn from ± this share, so that a fleet does not ask for its registry all at once. */
const JITTER = 0.1;
/** Timers of Node fire at once when asked for more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What happened to the registry, for log and metrics. Texts carry no secrets. */
export type RegistryEvent =
  | {
      readonly event: "registry_loaded";
      readonly source: string;
      readonly project: string;
      readonly versionId: string;
      readonly views: number;
      readonly services: number;
      readonly durationMs: number;
    }
  | { readonly event: "registry_unchanged"; readonly source: string }
  /** Warning: loaded, but nothing in it belongs to the project. */
  | {
      readonly event: "registry_project_missing";
      readonly source: string;
      readonly project: string;
      readonly projects: readonly string[];
    }
  /** Warning: loaded without these objects. */
  | { readonly event: "registry_objects_skipped"; readonly source: string; readonly problems: readonly string[] }
  | {
      readonly event: "registry_refresh_failed";
      readonly source: string;
      readonly error: Error;
      /** In a row, this one included. */
      readonly failures: number;
      /** Whether an older snapshot goes on serving. */
      readonly serving: boolean;
    };

export interface RegistryKeeperOptions {
  readonly source: RegistrySource;
  readonly project: string;
  /** Mean time between two checks; 0 = only at start and on `refreshNow()`. */
  readonly refreshMs: number;
  readonly onEvent: (event: RegistryEvent) => void;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Calls back once after the delay; the result cancels it. */
  readonly startTimer: (callback: () => void, delayMs: number) => () => void;
}

export class RegistryKeeper {
  readonly #options: RegistryKeeperOptions;
  readonly #abort = new AbortController();
  #snapshot: RegistrySnapshot | undefined;
  #token: string | undefined;
  #checkedAtMs: number | undefined;
  #failures = 0;
  #lastError: Error | undefined;
  #cancelTimer: (() => void) | undefined;
  /** The check under way, and the one that was asked for meanwhile. */
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;

  constructor(options: RegistryKeeperOptions) {
    this.#options = options;
  }

  /** Begins loading; never throws. The promise ends with the first try, whatever came of it. */
  start(): Promise<void> {
    return this.refreshNow();
  }

  /** The newest good snapshot; undefined until the first one. */
  current(): RegistrySnapshot | undefined {
    return this.#snapshot;
  }

  /** Time since the registry was last read or found unchanged; undefined until then. */
  ageMs(): number | undefined {
    return this.#checkedAtMs === undefined ? undefined : this.#options.now() - this.#checkedAtMs;
  }

  /** Why the latest check failed; undefined when it did not. */
  lastError(): Error | undefined {
    return this.#lastError;
  }

  /**
   * Checks now (SIGHUP) and starts the wait anew. A check already under way may have read the old state, so another follows it.
   * @returns ends with that check, never rejects
   */
  refreshNow(): Promise<void> {
    if (this.#abort.signal.aborted) return Promise.resolve();
    if (this.#running === undefined) return this.#run();
    this.#queued ??= this.#running.then(() => {
      this.#queued = undefined;
      return this.#abort.signal.aborted ? undefined : this.#run();
    });
    return this.#queued;
  }

  /** Stops checking. The snapshot stays readable. */
  close(): void {
    this.#abort.abort();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #run(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#running = this.#check().then(() => {
      this.#running = undefined;
      if (this.#queued === undefined) this.#scheduleNext();
    });
    return this.#running;
  }

  async #check(): Promise<void> {
    const { source, project, now, onEvent } = this.#options;
    const startedAtMs = now();
    let parsed: ParsedRegistry | undefined;
    try {
      const loaded = await source.load(this.#token, this.#abort.signal);
      if (loaded !== "unchanged") {
        parsed = parseSnapshot(loaded.registry, project);
        this.#token = loaded.token;
      }
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (this.#abort.signal.aborted) return;
    this.#checkedAtMs = now();
    this.#failures = 0;
    this.#lastError = undefined;
    if (parsed === undefined) {
      onEvent({ event: "registry_unchanged", source: source.describe() });
      return;
    }
    this.#snapshot = parsed.snapshot;
    this.#announce(parsed, now() - startedAtMs);
  }

  #announce({ snapshot, projectFound, projects, problems }: ParsedRegistry, durationMs: number): void {
    const { project, onEvent } = this.#options;
    const source = this.#options.source.describe();
    const { versionId, views, services } = snapshot;
    onEvent({
      event: "registry_loaded",
      source,
      project,
      versionId,
      views: views.size,
      services: services.size,
      durationMs,
    });
    if (!projectFound) onEvent({ event: "registry_project_missing", source, project, projects });
    if (problems.length > 0) onEvent({ event: "registry_objects_skipped", source, problems });
  }

  #fail(error: Error): void {
    this.#failures++;
    this.#lastError = error;
    this.#options.onEvent({
      event: "registry_refresh_failed",
      source: this.#options.source.describe(),
      error,
      failures: this.#failures,
      serving: this.#snapshot !== undefined,
    });
  }

  #scheduleNext(): void {
    const delayMs = this.#nextDelayMs();
    if (delayMs === undefined || this.#abort.signal.aborted) return;
    const jittered = delayMs * (1 + JITTER * (2 * this.#options.random() - 1));
    this.#cancelTimer = this.#options.startTimer(
      () => {
        void this.refreshNow();
      },
      Math.min(jittered, MAX_TIMER_MS),
    );
  }

  /** undefined = no further check of its own. */
  #nextDelayMs(): number | undefined {
    const { refreshMs } = this.#options;
    if (this.#snapshot !== undefined) return refreshMs > 0 ? refreshMs : undefined;
    return Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), refreshMs > 0 ? refreshMs : MAX_RETRY_MS);
  }
}
