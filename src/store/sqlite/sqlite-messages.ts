/** What the store and its worker thread say to each other. */
import type { LookupShape } from "../../model/lookup.ts";
import type { ServeCode } from "../../model/serve-error.ts";

/** `workerData`. */
export interface WorkerSettings {
  readonly path: string;
  readonly project: string;
  readonly writerTimeZone: string;
}

/** A lookup on its way to the worker: key k is `keyBytes[keyEnds[k − 1] … keyEnds[k])`. */
export interface PackedLookup {
  readonly shape: LookupShape;
  readonly keyBytes: Uint8Array<ArrayBuffer>;
  readonly keyEnds: Int32Array<ArrayBuffer>;
}

export interface ReadMessage {
  readonly id: number;
  /** Shared with the caller, who sets it to 1 when nobody waits any more. */
  readonly abandoned: Int32Array<SharedArrayBuffer>;
  readonly lookups: readonly PackedLookup[];
}

/** A row block on its way back: all rows lie in one buffer. */
export interface PackedBlock {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly spans: Int32Array<ArrayBuffer>;
}

export type WorkerMessage =
  | { readonly kind: "rows"; readonly id: number; readonly blocks: readonly PackedBlock[] }
  | { readonly kind: "failed"; readonly id: number; readonly code: ServeCode; readonly text: string }
  /** The file can be read, or why not ("" = it can); sent at the start and when it changes. */
  | { readonly kind: "file"; readonly problem: string };
