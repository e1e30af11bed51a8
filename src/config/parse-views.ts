/** Maps from names to values, most of them from feature views to a few settings each. Names are not checked here: the registry changes. */
import type { InnerFault, InnerUnknownKey, Kind } from "./parse-values.ts";
import { isMap, scalarText, type YamlEntry } from "./yaml-value.ts";

type InnerProblem = InnerFault | InnerUnknownKey;
/** What each key may hold. */
type Kinds = Readonly<Record<string, Kind<unknown>>>;
/** What was written, each under its key; a value that does not fit is left out, and reported. */
export type Written<K extends Kinds> = { readonly [Key in keyof K]?: K[Key] extends Kind<infer T> ? T : never };

/**
 * @param kinds the keys below a view
 * @param build makes the view's settings of what was written
 */
export function viewsMap<K extends Kinds, T>(
  kinds: K,
  build: (written: Written<K>) => T,
): Kind<ReadonlyMap<string, T>> {
  const expected = `a map from feature views to maps with any of the keys ${Object.keys(kinds).join(", ")}`;
  return namedMap(expected, "the name of a view", "the name of a feature view", (entry, inside) =>
    build(parseView(entry, kinds, inside)),
  );
}

/**
 * @param what a key names, and @param name completes "expected … in quotes"
 * @param read makes the value below a name, undefined = there is none; `inside` gets what is wrong with it
 */
export function namedMap<T>(
  expected: string,
  what: string,
  name: string,
  read: (entry: YamlEntry, inside: InnerProblem[]) => T | undefined,
): Kind<ReadonlyMap<string, T>> {
  return {
    expected,
    fromText: "yaml",
    parse({ value }) {
      if (!isMap(value)) return { ok: false };
      const found = new Map<string, T>();
      const inside: InnerProblem[] = [];
      for (const entry of value.entries) {
        const fault = nameFault(entry, what, name);
        if (fault !== undefined) inside.push(fault);
        const each = read(entry, inside);
        if (each !== undefined) found.set(namePath(entry), each);
      }
      return inside.length === 0 ? { ok: true, value: found } : { ok: false, inside };
    },
  };
}

/** The name that stands as a key; what stands there when it is not one. */
export function namePath({ key, keyText }: YamlEntry): string {
  if (typeof key === "string") return key === "" ? '""' : key;
  return keyText === undefined || keyText === "" ? scalarText(key) : keyText;
}

/** A key that is no name. @param what it names @param expected completes "expected … in quotes" */
function nameFault(entry: YamlEntry, what: string, expected: string): InnerFault | undefined {
  const { key, value: node, line } = entry;
  if (typeof key === "string" && key !== "") return undefined;
  const path = namePath(entry);
  let why = key === "" ? `${what} is empty` : `${what} is not text`;
  if (typeof key === "boolean") why = `YAML reads the unquoted key ${path} as a boolean`;
  return { path, node, line, expected: `${expected}, in quotes unless YAML reads it as text`, why };
}

/** @param inside gets every problem */
function parseView<K extends Kinds>(view: YamlEntry, kinds: K, inside: InnerProblem[]): Written<K> {
  const written: Record<string, unknown> = {};
  const path = namePath(view);
  const keys = Object.keys(kinds);
  if (!isMap(view.value.value)) {
    const expected = `a map with any of the keys ${keys.join(", ")}`;
    inside.push({ path, node: view.value, line: view.line, expected });
    return written as Written<K>;
  }
  for (const entry of view.value.value.entries) {
    const { key, value: node, line } = entry;
    const kind = typeof key === "string" && Object.hasOwn(kinds, key) ? kinds[key] : undefined;
    if (kind === undefined) {
      inside.push({ path, entry, known: keys });
      continue;
    }
    const parsed = kind.parse(node);
    const below = `${path}.${key as string}`;
    if (parsed.ok) written[key as string] = parsed.value;
    else if (parsed.inside === undefined)
      inside.push({ path: below, node, line, expected: kind.expected, why: parsed.why });
    else
      for (const each of parsed.inside)
        inside.push({ ...each, path: each.path === "" ? below : `${below}.${each.path}` });
  }
  return written as Written<K>;
}
