/** What `doctor` says about one thing. */

/** `skip` = it could not be looked at, which is nobody's fault; only `fail` makes the command fail. */
export type Level = "ok" | "warn" | "fail" | "skip";

/** What was looked at; a closed set, for whoever reads the JSON. */
export type CheckName =
  | "configuration"
  | "registry"
  | "store"
  | "node"
  | "tracking"
  | "rights"
  | "key_format"
  | "tls"
  | "clock"
  | "cluster"
  | "memory";

/** Every text is safe to show: no secret, no entity key. */
export interface Finding {
  readonly check: CheckName;
  readonly level: Level;
  /** Which one: a file, a node, a view; "" = there is one only. */
  readonly subject: string;
  readonly found: string;
  /** What to do; "" = nothing. */
  readonly advice: string;
}

/** It is as it should be. */
export function ok(check: CheckName, subject: string, found: string): Finding {
  return { check, level: "ok", subject, found, advice: "" };
}

/** Something is not: `warn` = it serves all the same. */
export function trouble(
  check: CheckName,
  level: Exclude<Level, "ok">,
  subject: string,
  found: string,
  advice: string,
): Finding {
  return { check, level, subject, found, advice };
}
