/** One row of the table of options, and how rows are written. */
import { type Kind, optional } from "./parse-values.ts";

export interface Option<T> {
  readonly kind: Kind<T>;
  /** YAML text; "" = absent. */
  readonly defaultText: string;
  readonly doc: string;
}

/** An option that always has a value. `defaultText` is YAML. */
export function option<T>(kind: Kind<T>, defaultText: string, doc: string): Option<T> {
  return { kind, defaultText, doc };
}

/** An option that is undefined unless it is written. */
export function absent<T>(kind: Kind<T>, doc: string): Option<T | undefined> {
  return option(optional(kind), "", doc);
}
