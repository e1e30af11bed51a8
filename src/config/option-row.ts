/** One row of the table of options, and how rows are written. */
import { type Kind, optional } from "./parse-values.ts";

export interface Option<T> {
  readonly kind: Kind<T>;
  /** YAML text; "" = absent. */
  readonly defaultText: string;
  readonly doc: string;
  /** The part that is missing, to complete "… is not built yet". */
  readonly notBuilt: string | undefined;
  /** Values other than the default that need nothing of the missing part. */
  readonly harmless: readonly unknown[];
}

/** An option that always has a value. `defaultText` is YAML. */
export function option<T>(kind: Kind<T>, defaultText: string, doc: string): Option<T> {
  return { kind, defaultText, doc, notBuilt: undefined, harmless: [] };
}

/** An option that is undefined unless it is written. */
export function absent<T>(kind: Kind<T>, doc: string): Option<T | undefined> {
  return option(optional(kind), "", doc);
}

/** An option of a part that is not built yet: accepted at its default and at the harmless values only. */
export function later<T>(part: string, row: Option<T>, harmless: readonly T[] = []): Option<T> {
  return { ...row, notBuilt: part, harmless };
}
