/**
 * What the rooms report. Rooms know this interface only; prom-client stays behind it (metrics.ts, open-metrics.ts), and
 * switched-off metrics are the shared {@link noopRecorder}.
 */
import type { DegradationPolicy, DegradationReason } from "../model/degradation.ts";
import type { StoreState } from "../model/feature-store.ts";
import type { Ledger } from "../model/ledger.ts";
import type { CallContext } from "../model/request.ts";
import type { ServeCode } from "../model/serve-error.ts";
import type { Surface } from "../model/surface.ts";

/** How a request ended: `OK` or the code of the refusal. */
export type RequestOutcome = "OK" | ServeCode;

/** `unchanged` = read, and the same as the snapshot in use. */
export type RefreshOutcome = "swapped" | "unchanged" | "failed";

export type StoreReadOutcome = "ok" | "unavailable" | "deadline" | "error";

export interface Recorder {
  requestDone(surface: Surface, outcome: RequestOutcome, durationSeconds: number): void;
  /** Somebody wants to know of each read: calls are to keep their attempts. */
  readonly isTracing: boolean;
  /**
   * Its answer, or its refusal, was handed to the socket, or its caller has left.
   * @param nowMs when the write returned, on the ledger's clock
   */
  answered(surface: Surface, outcome: RequestOutcome, ledger: Ledger, nowMs: number, call: CallContext): void;
  registryRefreshed(outcome: RefreshOutcome): void;
  storeState(state: StoreState): void;
  storeRead(outcome: StoreReadOutcome): void;
  /** Rows of an answer are not what the store has: which stand in for them, and why; and how many cells that are. */
  degraded(view: string, policy: DegradationPolicy, reason: DegradationReason, rows: number, cells: number): void;
  /** The registry changed; so many declared default values do not fit it. */
  defaultsChecked(unfit: number): void;
  connectionOpened(): void;
  connectionClosed(): void;
  /** A connection was turned away because `sidecar.limits.max_connections` was reached. */
  connectionRefused(): void;
}

/** Keeps nothing. */
export const noopRecorder: Recorder = {
  isTracing: false,
  requestDone: () => {},
  answered: () => {},
  registryRefreshed: () => {},
  storeState: () => {},
  storeRead: () => {},
  degraded: () => {},
  defaultsChecked: () => {},
  connectionOpened: () => {},
  connectionClosed: () => {},
  connectionRefused: () => {},
};
