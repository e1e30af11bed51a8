/** Kinds of option values: each turns a YAML node into a value or says what it expected. Pure. */
import { isIP } from "node:net";
import { isList, type YamlEntry, type YamlNode } from "./yaml-value.ts";

/** What is wrong with one value inside a list or map. */
export interface InnerFault {
  /** Keys below the option's own; "" for an item of a list. */
  readonly path: string;
  readonly node: YamlNode;
  readonly line: number | undefined;
  readonly expected: string;
  readonly why?: string | undefined;
}

/** A key inside a map that nothing reads. */
export interface InnerUnknownKey {
  /** Keys between the option and this one. */
  readonly path: string;
  readonly entry: YamlEntry;
  readonly known: readonly string[];
}

export type Inside = readonly (InnerFault | InnerUnknownKey)[];

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /**
   * `why` = what is wrong, when the expectation alone does not tell. It never repeats the value.
   * `inside` = each problem of a list or map whose form is right; they are told in place of this one.
   */
  | { readonly ok: false; readonly why?: string; readonly inside?: Inside };

export interface Kind<T> {
  /** Completes "expected …". */
  readonly expected: string;
  /** How the text of an environment variable is read: as it is, or as YAML. */
  readonly fromText: "text" | "yaml";
  parse(node: YamlNode): Parsed<T>;
}

const NO = { ok: false } as const;

function found<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

const UNIT_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest delay that a timer of Node takes. */
const MAX_DURATION_MS = 2_147_483_647;

/** Milliseconds of `500us`, `1.5s`, `10m`; undefined for any other text. */
function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? ""];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
}

function durationWhere(isFine: (ms: number) => boolean, bound: string): Kind<number> {
  return {
    expected: `a duration with a unit (us, ms, s, m, h, d), such as 500us, 10ms, 5s, 10m${bound}, at most 24d`,
    fromText: "text",
    parse({ value }) {
      if (typeof value === "bigint" || typeof value === "number") return { ok: false, why: "a number has no unit" };
      const ms = typeof value === "string" ? parseDuration(value) : undefined;
      return ms === undefined || ms > MAX_DURATION_MS || !isFine(ms) ? NO : found(ms);
    },
  };
}

/** A duration in milliseconds. `zero` says whether 0 has a meaning. */
export function duration(zero: "allowed" | "refused"): Kind<number> {
  return zero === "allowed" ? durationWhere(() => true, "") : durationWhere((ms) => ms > 0, ", and more than 0");
}

/** A duration in milliseconds that is not shorter than `least`, such as `10ms`. */
export function durationFrom(least: string): Kind<number> {
  const leastMs = parseDuration(least) ?? Number.NaN;
  return durationWhere((ms) => ms >= leastMs, `, at least ${least}`);
}

const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const MAX_BYTES = 2 ** 31 - 1;

/** A size in bytes, at least 1 and less than 2 GiB. */
export const byteSize: Kind<number> = {
  expected: "a size such as 32MiB (B, KiB, MiB, GiB) or a number of bytes, from 1 to 2147483647",
  fromText: "yaml",
  parse({ value }) {
    let bytes: number | undefined;
    if (typeof value === "bigint") bytes = Number(value);
    if (typeof value === "string") {
      const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/.exec(value);
      const unit = UNIT_BYTES[match?.[2] ?? ""];
      if (unit !== undefined) bytes = Number(match?.[1]) * unit;
    }
    return bytes !== undefined && Number.isInteger(bytes) && bytes >= 1 && bytes <= MAX_BYTES ? found(bytes) : NO;
  },
};

/** A number from 0 to 1. */
export const ratio: Kind<number> = {
  expected: "a ratio from 0 to 1, such as 0.05",
  fromText: "yaml",
  parse({ value }) {
    const number = typeof value === "bigint" ? Number(value) : value;
    return typeof number === "number" && number >= 0 && number <= 1 ? found(number) : NO;
  },
};

/** A whole number within bounds, both included. */
export function wholeNumber(min: number, max: number): Kind<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    fromText: "yaml",
    parse: ({ value }) =>
      typeof value === "bigint" && value >= BigInt(min) && value <= BigInt(max) ? found(Number(value)) : NO,
  };
}

export const flag: Kind<boolean> = {
  expected: "true or false",
  fromText: "yaml",
  parse: ({ value }) => (typeof value === "boolean" ? found(value) : NO),
};

/** One word of a closed set. */
export function word<const W extends string>(...words: readonly W[]): Kind<W> {
  return {
    expected: words.length === 1 ? `${words[0]}` : `one of ${words.join(", ")}`,
    fromText: "text",
    parse({ value }) {
      const match = words.find((each) => each === value);
      return match === undefined ? NO : found(match);
    },
  };
}

/** Text that may be empty. */
export const text: Kind<string> = {
  expected: "text",
  fromText: "text",
  parse: ({ value }) => (typeof value === "string" ? found(value) : NO),
};

/** Text with at least one character. `what` completes "expected". */
export function filledText(what: string): Kind<string> {
  return {
    expected: what,
    fromText: "text",
    parse: ({ value }) => (typeof value === "string" && value !== "" ? found(value) : NO),
  };
}

/** Null, or a value of the kind. */
export function optional<T>(kind: Kind<T>): Kind<T | undefined> {
  return {
    expected: kind.expected,
    fromText: kind.fromText,
    parse: (node) => (node.value === null ? found(undefined) : kind.parse(node)),
  };
}

const HOST_NAME = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i;

/** Names for the `Host` header: lower-cased, without port. */
export const hostNames: Kind<readonly string[]> = {
  expected: "a list of host names without port, such as [sidecar.internal]",
  fromText: "yaml",
  parse({ value }) {
    if (!isList(value)) return NO;
    const names: string[] = [];
    const inside: InnerFault[] = [];
    for (const [index, node] of value.items.entries()) {
      const name = node.value;
      if (typeof name === "string" && HOST_NAME.test(name)) names.push(name.toLowerCase());
      else {
        const why = typeof name === "string" ? `name ${index + 1} is not a host name` : undefined;
        inside.push({ path: "", node, line: node.line, expected: hostNames.expected, why });
      }
    }
    return inside.length === 0 ? found(names) : { ok: false, inside };
  },
};

/** A host name or an IP address to look for in a certificate. */
export const serverName: Kind<string> = {
  expected: "a host name or an IP address, without port and brackets",
  fromText: "text",
  parse({ value }) {
    if (typeof value !== "string") return NO;
    return HOST_NAME.test(value) || isIP(value) !== 0 ? found(value) : NO;
  },
};

/** A zone of the IANA database that this Node knows. */
export const timeZone: Kind<string> = {
  expected: "a time zone name such as UTC or Europe/Berlin",
  fromText: "text",
  parse({ value }) {
    if (typeof value !== "string") return NO;
    try {
      new Intl.DateTimeFormat("en", { timeZone: value });
      return found(value);
    } catch {
      return NO;
    }
  },
};
