/**
 * Reads YAML as PyYAML's safe loader does (feast/repo_config.py:load_repo_config). The `yaml` package gives the syntax tree,
 * with every scalar as text; types, merge keys and duplicates are resolved here by YAML 1.1 in PyYAML's way.
 * Not supported: the tags !!set, !!omap and !!pairs, and values that contain themselves.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  type YAMLParseError,
} from "yaml";
import { dictKey, MergedKeys } from "./yaml-merge.ts";
import { constructScalar, implicitTag, ScalarError, shortTag } from "./yaml-scalars.ts";
import { findForbiddenTab } from "./yaml-tabs.ts";
import { scalarText, type YamlEntry, type YamlNode, type YamlScalar } from "./yaml-value.ts";

/** Something about the text as YAML. The message never repeats a value: it might be a password. */
export interface YamlFault {
  readonly line: number;
  readonly message: string;
}

export type YamlResult =
  | { readonly ok: true; readonly root: YamlNode; readonly warnings: readonly YamlFault[] }
  | { readonly ok: false; readonly faults: readonly YamlFault[] };

/** Read one document. An empty text is null. */
export function readYaml(text: string): YamlResult {
  const lines = new LineCounter();
  const lineOf = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const documents = parseAllDocuments(text, {
    version: "1.1",
    schema: "failsafe",
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    resolveKnownTags: false,
    logLevel: "silent",
    lineCounter: lines,
  });
  const fault = (offset: number, message: string): YamlResult => ({
    ok: false,
    faults: [{ line: lineOf(offset), message }],
  });
  // yaml/reader.py:Reader.NON_PRINTABLE
  const unprintable = text.search(/[^\t\n\r\x20-\x7E\x85\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u);
  if (unprintable >= 0) return fault(unprintable, "a control character is not allowed in YAML");
  const [document, second] = documents;
  if (document === undefined) return { ok: true, root: { value: null, line: 1, plainText: "" }, warnings: [] };
  const faults = withoutDoubled(documents.flatMap((each) => each.errors)).map((error) => ({
    line: lineOf(faultOffset(error)),
    message: sentence(error.code),
  }));
  if (faults.length > 0) return { ok: false, faults };
  const tab = findForbiddenTab(text);
  if (tab !== undefined) return fault(tab, "a tab outside quotes is not allowed in YAML as Feast reads it: use spaces");
  if (second !== undefined) return fault(second.range[0], "a second YAML document begins here; one was expected");
  return new Builder(lineOf, (alias) => alias.resolve(document)).build(document.contents);
}

/** A key of several lines is two errors to the parser: it cannot be a key, and it stands inside another value. The first is told. */
function withoutDoubled(errors: readonly YAMLParseError[]): readonly YAMLParseError[] {
  const starts = new Set(errors.filter(({ code }) => code === "MULTILINE_IMPLICIT_KEY").map(({ pos }) => pos[0]));
  return errors.filter(({ code, pos }) => code !== "BLOCK_AS_IMPLICIT_KEY" || !starts.has(pos[0]));
}

/** A key of several lines is at fault where it ends, at its `:` (yaml/scanner.py:Scanner.fetch_value); the parser marks all of it. */
function faultOffset({ code, pos }: YAMLParseError): number {
  return code === "MULTILINE_IMPLICIT_KEY" ? pos[1] - 1 : pos[0];
}

/** A sentence for the parser's closed set of error codes; its own messages may repeat the text. */
function sentence(code: string): string {
  const known: Readonly<Record<string, string>> = {
    BAD_INDENT: "the indentation does not fit the lines around it",
    BLOCK_AS_IMPLICIT_KEY: "a second `: ` on this line: put the value in quotes",
    BAD_SCALAR_START: "a value cannot begin with this character: put it in quotes",
    MISSING_CHAR: "a character such as `:`, `,`, a quote or a closing bracket is missing",
    MULTILINE_IMPLICIT_KEY:
      "a `: ` here, but the text before it began on a line above: check the indentation, or put the text in quotes",
    TAB_AS_INDENT: "a tab cannot indent: use spaces",
    UNEXPECTED_TOKEN: "something here does not belong to the value before it",
  };
  return known[code] ?? `not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`;
}

class BuildError extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** One pair of a map, before duplicates are dropped. `keyNode` is its identity. */
interface KeyedPair {
  readonly keyNode: object;
  readonly entry: YamlEntry;
}

class Builder {
  readonly #lineOf: (offset: number) => number;
  readonly #resolve: (alias: Alias) => Node | undefined;
  readonly #built = new Map<Node, YamlNode>();
  readonly #open = new Set<Node>();
  readonly #flat = new Map<Node, readonly KeyedPair[]>();
  readonly #anchors = new Set<string>();
  readonly #warnings: YamlFault[] = [];

  constructor(lineOf: (offset: number) => number, resolve: (alias: Alias) => Node | undefined) {
    this.#lineOf = lineOf;
    this.#resolve = resolve;
  }

  build(contents: Node | null): YamlResult {
    try {
      return { ok: true, root: this.#node(contents, 0), warnings: this.#warnings };
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      return { ok: false, faults: [{ line: this.#lineOf(error.offset), message: error.message }] };
    }
  }

  /** @param offset where the value would stand, for one that is not there (`{a}`) */
  #node(written: Node | null | undefined, offset: number): YamlNode {
    if (written === null || written === undefined) return { value: null, line: this.#lineOf(offset), plainText: "" };
    const node = this.#target(written);
    const done = this.#built.get(node);
    if (done !== undefined) return done;
    const start = startOf(node);
    if (this.#open.has(node)) throw new BuildError(start, "a value that contains itself is not supported");
    this.#open.add(node);
    this.#registerAnchor(node);
    const built = this.#construct(node, start);
    this.#open.delete(node);
    this.#built.set(node, built);
    return built;
  }

  #construct(node: Node, start: number): YamlNode {
    const line = this.#lineOf(start);
    if (isScalar(node)) {
      const isPlain = node.type === Scalar.PLAIN;
      return { value: this.#scalar(node, start, isPlain), line, plainText: isPlain ? String(node.value) : undefined };
    }
    if (isSeq(node)) {
      this.#requireTag(node, "seq", start);
      return {
        value: { kind: "list", items: node.items.map((item) => this.#node(item as Node | null, start)) },
        line,
        plainText: undefined,
      };
    }
    this.#requireTag(node, "map", start);
    return { value: { kind: "map", entries: this.#entries(node) }, line, plainText: undefined };
  }

  #target(node: Node): Node {
    if (!isAlias(node)) return node;
    const target = this.#resolve(node);
    if (target === undefined)
      throw new BuildError(startOf(node), "an alias (*) names an anchor that was not set before it");
    return target;
  }

  /** PyYAML refuses an anchor that is set twice (yaml/composer.py:Composer.compose_node). */
  #registerAnchor(node: Node): void {
    const anchor = "anchor" in node && typeof node.anchor === "string" ? node.anchor : undefined;
    if (anchor === undefined) return;
    if (this.#anchors.has(anchor)) throw new BuildError(startOf(node), "an anchor (&) of this name was set before");
    this.#anchors.add(anchor);
  }

  #scalar(node: Scalar, start: number, isPlain: boolean): YamlScalar {
    const text = String(node.value);
    // The tag `!` asks for resolution by content, even of quoted text (yaml/parser.py:Parser.parse_node).
    const byContent = node.tag === "!" || (isPlain && node.tag === undefined);
    const tag = byContent ? implicitTag(text) : shortTag(node.tag ?? "tag:yaml.org,2002:str");
    try {
      return constructScalar(tag, text);
    } catch (error) {
      if (!(error instanceof ScalarError)) throw error;
      throw new BuildError(start, error.message);
    }
  }

  #requireTag(node: Node, kind: "seq" | "map", start: number): void {
    const tag = "tag" in node && typeof node.tag === "string" && node.tag !== "!" ? shortTag(node.tag) : kind;
    if (tag !== kind) throw new BuildError(start, `the YAML tag ${tag} has no meaning here`);
  }

  #entries(node: Node): readonly YamlEntry[] {
    const entries = new Map<string, YamlEntry>();
    for (const { entry } of this.#flatten(node)) {
      // As in a Python dict, a repeated key keeps its first place and its first spelling.
      const id = dictKey(entry.key);
      const first = entries.get(id);
      entries.set(id, first === undefined ? entry : { ...entry, key: first.key });
    }
    return [...entries.values()];
  }

  /** Merged pairs first, then the map's own, so that the last of each key wins. */
  #flatten(written: Node): readonly KeyedPair[] {
    const node = this.#target(written);
    const done = this.#flat.get(node);
    if (done !== undefined) return done;
    if (!isMap(node)) throw new BuildError(startOf(node), "a merge key (<<) takes a map or a list of maps");
    const merged: KeyedPair[] = [];
    const own: KeyedPair[] = [];
    const seen = new MergedKeys();
    const ownKeys = new Set<string>();
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      if (isMergeKey(pair.key)) {
        for (const source of this.#mergeSources(pair)) {
          for (const each of this.#flatten(source)) {
            if (!seen.isRepeated(each.keyNode, each.entry.key, each.entry.keyText)) merged.push(each);
          }
        }
        continue;
      }
      const keyed = this.#pair(pair);
      const id = dictKey(keyed.entry.key);
      if (ownKeys.has(id)) {
        const message = `the key ${scalarText(keyed.entry.key)} stands here again; the last one wins`;
        this.#warnings.push({ line: keyed.entry.line, message });
      }
      ownKeys.add(id);
      own.push(keyed);
    }
    const flat = [...merged, ...own];
    this.#flat.set(node, flat);
    return flat;
  }

  #mergeSources(pair: Pair<Node, Node | null>): readonly Node[] {
    const value = pair.value === null ? null : this.#target(pair.value);
    if (isSeq(value)) return value.items as Node[];
    if (isMap(value)) return [value];
    throw new BuildError(startOf(pair.key), "a merge key (<<) takes a map or a list of maps");
  }

  #pair(pair: Pair<Node, Node | null>): KeyedPair {
    const keyNode = this.#target(pair.key);
    const start = startOf(pair.key);
    if (!isScalar(keyNode)) throw new BuildError(start, "a list or a map cannot be a key");
    const isPlain = keyNode.type === Scalar.PLAIN;
    // A plain `=` is an ordinary key (yaml/constructor.py:SafeConstructor.flatten_mapping).
    const isValueTag = isPlain && keyNode.tag === undefined && keyNode.value === "=";
    const key = isValueTag ? "=" : this.#node(pair.key, start).value;
    const entry: YamlEntry = {
      key: key as YamlScalar,
      line: this.#lineOf(start),
      keyText: String(keyNode.value),
      value: this.#node(pair.value, start),
    };
    return { keyNode, entry };
  }
}

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.tag === undefined && key.value === "<<";
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
