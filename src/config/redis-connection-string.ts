/** The grammar of Feast's Redis `connection_string` (feast/infra/online_stores/redis.py:_parse_connection_string). */
import { type PythonJson, parsePythonJson } from "./python-json.ts";

export interface ConnectionString {
  /** Parts without `=`, as host and port text; a part without `:` has no port. */
  readonly nodes: readonly { readonly host: string; readonly port: string | undefined }[];
  /** Options by name, the last of duplicates wins; `part` counts the comma-separated parts from 1. */
  readonly options: ReadonlyMap<string, { readonly value: PythonJson; readonly part: number }>;
}

/**
 * Splits at every comma, so a password cannot hold one; an option at its first `=`; a node at every `:`, of which the first two
 * pieces count, so there is no IPv6 and no URL form. Spaces are kept. Never fails: {@link ConnectionString} is judged elsewhere.
 */
export function parseConnectionString(text: string): ConnectionString {
  const nodes: { host: string; port: string | undefined }[] = [];
  const options = new Map<string, { value: PythonJson; part: number }>();
  for (const [index, part] of text.split(",").entries()) {
    const equals = part.indexOf("=");
    if (equals >= 0) {
      options.set(part.slice(0, equals), { value: parsePythonJson(part.slice(equals + 1)), part: index + 1 });
    } else {
      const [host = "", port] = part.split(":");
      nodes.push({ host, port });
    }
  }
  return { nodes, options };
}
