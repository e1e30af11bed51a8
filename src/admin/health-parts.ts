/**
 * What the process knows about itself, as the three probes of Kubernetes ask for it. In: events from the listeners, the registry
 * and the store. Out: three verdicts with the parts that stand in the way. No I/O.
 */
import type { StoreState } from "../model/feature-store.ts";

export type ProbeName = "startup" | "readiness" | "liveness";

/** One line of a probe's answer: no values of the configuration, no names of views or hosts. */
export interface PartReport {
  readonly part: "listeners" | "registry" | "store" | "shutdown";
  readonly ok: boolean;
  readonly detail: string;
}

export interface ProbeReport {
  readonly ok: boolean;
  readonly parts: readonly PartReport[];
}

export interface HealthPartsOptions {
  /** `any`: the store need only have been reached once; `store`: it must be reachable now (`sidecar.probes.readiness`). */
  readonly readiness: "any" | "store";
  /** A store away for longer than this fails liveness, 0 = never (`sidecar.probes.liveness.redis_grace`). */
  readonly storeGraceMs: number;
  /** Called when half of that is over, before a restart is asked for: time to do what a restart would. */
  readonly onStoreAway?: () => void;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
}

export class HealthParts {
  readonly #options: HealthPartsOptions;
  readonly #listeners: (() => void)[] = [];
  #listenersBound = false;
  #registryLoaded = false;
  #store: StoreState = "connecting";
  #storeSeen = false;
  #storeAwaySinceMs: number;
  #graceTimer: NodeJS.Timeout | undefined;
  #rescueTimer: NodeJS.Timeout | undefined;
  #shuttingDown = false;
  #last: string;

  constructor(options: HealthPartsOptions) {
    this.#options = options;
    this.#storeAwaySinceMs = options.nowMs();
    this.#armGrace();
    this.#last = this.#verdicts();
  }

  /** Calls `listener` after any probe's verdict changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  listenersBound(): void {
    this.#listenersBound = true;
    this.#tell();
  }

  /** Once is enough: a later failed refresh keeps the last good snapshot. */
  registryLoaded(): void {
    this.#registryLoaded = true;
    this.#tell();
  }

  storeState(state: StoreState): void {
    if (this.#store === "up" && state !== "up") this.#storeAwaySinceMs = this.#options.nowMs();
    this.#store = state;
    if (state === "up") this.#storeSeen = true;
    this.#armGrace();
    this.#tell();
  }

  /** From now on never ready again. */
  shutdown(): void {
    this.#shuttingDown = true;
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#rescueTimer);
    this.#tell();
  }

  isReady(): boolean {
    return this.report("readiness").ok;
  }

  isRegistryLoaded(): boolean {
    return this.#registryLoaded;
  }

  report(probe: ProbeName): ProbeReport {
    const parts = this.#parts(probe);
    return { ok: parts.every((part) => part.ok), parts };
  }

  #parts(probe: ProbeName): PartReport[] {
    if (probe === "liveness") return [this.#storeAlive()];
    const listeners = part("listeners", this.#listenersBound, "bound", "not bound yet");
    const registry = part("registry", this.#registryLoaded, "loaded", "not loaded yet");
    if (probe === "startup") return [listeners, registry];
    return [
      listeners,
      registry,
      this.#storeReady(),
      part("shutdown", !this.#shuttingDown, "not asked for", "in progress"),
    ];
  }

  #storeReady(): PartReport {
    if (this.#options.readiness === "any") return part("store", this.#storeSeen, "was reached", "never reached yet");
    return part("store", this.#store === "up", "reachable", "not reachable now");
  }

  #storeAlive(): PartReport {
    const graceMs = this.#options.storeGraceMs;
    const awayMs = this.#store === "up" ? 0 : this.#options.nowMs() - this.#storeAwaySinceMs;
    return part("store", graceMs === 0 || awayMs < graceMs, "within its grace", "away for longer than its grace");
  }

  /** Liveness can turn bad by time alone; the watchers should hear of it. */
  #armGrace(): void {
    clearTimeout(this.#graceTimer);
    clearTimeout(this.#rescueTimer);
    this.#graceTimer = undefined;
    const graceMs = this.#options.storeGraceMs;
    if (graceMs === 0 || this.#store === "up" || this.#shuttingDown) return;
    const awayMs = this.#options.nowMs() - this.#storeAwaySinceMs;
    if (awayMs <= graceMs / 2) {
      this.#rescueTimer = setTimeout(() => this.#options.onStoreAway?.(), graceMs / 2 - awayMs);
      this.#rescueTimer.unref();
    }
    const leftMs = graceMs - awayMs;
    if (leftMs <= 0) return;
    this.#graceTimer = setTimeout(() => this.#tell(), leftMs + 1);
    this.#graceTimer.unref();
  }

  #verdicts(): string {
    return (["startup", "readiness", "liveness"] as const).map((probe) => this.report(probe).ok).join();
  }

  #tell(): void {
    const verdicts = this.#verdicts();
    if (verdicts === this.#last) return;
    this.#last = verdicts;
    for (const listener of this.#listeners) listener();
  }
}

function part(name: PartReport["part"], ok: boolean, good: string, bad: string): PartReport {
  return { part: name, ok, detail: ok ? good : bad };
}
