/** What happened to the rows of one node, and when; times on the clock of `nowMs`. Entities and views are counted from 0 (hot-data.ts). */

export type NodeEvent =
  | {
      readonly kind: "set";
      readonly atMs: number;
      readonly entity: number;
      readonly view: number;
      readonly version: number;
    }
  /** All views of the entity. */
  | { readonly kind: "gone"; readonly atMs: number; readonly entity: number }
  /** It is to be gone at `expiryMs`. */
  | { readonly kind: "expires"; readonly atMs: number; readonly entity: number; readonly expiryMs: number }
  | { readonly kind: "flush"; readonly atMs: number }
  /** What the node itself said it has, when its changes had gone unseen since `sinceMs`. */
  | { readonly kind: "dump"; readonly atMs: number; readonly sinceMs: number; readonly dump: NodeDump }
  /** From now on it deletes expired rows by itself, or only when its primary tells it to. */
  | { readonly kind: "role"; readonly atMs: number; readonly isPrimary: boolean };

export interface NodeDump {
  /** By row. */
  readonly states: readonly number[];
  /** By entity, Infinity = never. */
  readonly expiryMs: readonly number[];
}
