/**
 * YAML 1.1 scalars as PyYAML resolves and constructs them (yaml/resolver.py:Resolver, yaml/constructor.py:SafeConstructor).
 * No I/O; a text that PyYAML refuses gives a {@link ScalarError}.
 */
import type { YamlScalar } from "./yaml-value.ts";

const TAG_PREFIX = "tag:yaml.org,2002:";

/** A scalar that its tag does not allow. The message never repeats the text. */
export class ScalarError extends Error {}

/** In PyYAML's order: the first that matches wins. */
const IMPLICIT_TAGS: readonly (readonly [tag: string, pattern: RegExp])[] = [
  ["bool", /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  [
    "float",
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  ],
  [
    "int",
    /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  ],
  ["merge", /^<<$/],
  ["null", /^(?:~|null|Null|NULL|)$/],
  [
    "timestamp",
    /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
  ],
  ["value", /^=$/],
];

/** Short name of the tag (`int`, `str`, …) that a plain scalar gets without an explicit one. */
export function implicitTag(text: string): string {
  for (const [tag, pattern] of IMPLICIT_TAGS) if (pattern.test(text)) return tag;
  return "str";
}

/** `tag:yaml.org,2002:int` → `int`; any other tag stays as it is. */
export function shortTag(tag: string): string {
  return tag.startsWith(TAG_PREFIX) ? tag.slice(TAG_PREFIX.length) : tag;
}

/** @throws ScalarError when the text does not fit the tag, or the safe loader has no constructor for it */
export function constructScalar(tag: string, text: string): YamlScalar {
  switch (tag) {
    case "str":
      return text;
    case "null":
      return null;
    case "bool":
      return constructBool(text);
    case "int":
      return constructInt(text.replaceAll("_", ""));
    case "float":
      return constructFloat(text.replaceAll("_", "").toLowerCase());
    case "timestamp":
      return { kind: "timestamp", text: constructTimestamp(text) };
    case "binary":
      return { kind: "binary", bytes: Buffer.from(text, "base64") };
    default:
      // Among them a plain `=` (tag value) and a plain `<<` that is not a key: PyYAML refuses both.
      throw new ScalarError(`the YAML tag ${tag} has no meaning here`);
  }
}

function constructBool(text: string): boolean {
  const word = text.toLowerCase();
  if (word === "yes" || word === "true" || word === "on") return true;
  if (word === "no" || word === "false" || word === "off") return false;
  throw new ScalarError("not a boolean");
}

function unsigned(text: string): readonly [negative: boolean, digits: string] {
  return [text.startsWith("-"), /^[-+]/.test(text) ? text.slice(1) : text];
}

function constructInt(text: string): bigint {
  const [negative, digits] = unsigned(text);
  const magnitude = intMagnitude(digits);
  return negative ? -magnitude : magnitude;
}

function intMagnitude(digits: string): bigint {
  if (/^0b[01]+$/.test(digits) || /^0x[0-9a-f]+$/i.test(digits)) return BigInt(digits);
  if (/^0[0-7]*$/.test(digits)) return digits === "0" ? 0n : BigInt(`0o${digits}`);
  if (/^\d+$/.test(digits) && !digits.startsWith("0")) return BigInt(digits);
  if (/^\d+(?::\d+)+$/.test(digits)) return digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  throw new ScalarError("not a whole number");
}

function constructFloat(text: string): number {
  const [negative, digits] = unsigned(text);
  const magnitude = floatMagnitude(digits);
  return negative ? -magnitude : magnitude;
}

function floatMagnitude(digits: string): number {
  if (digits === ".inf") return Number.POSITIVE_INFINITY;
  if (digits === ".nan") return Number.NaN;
  // Summed from the right, as PyYAML does: floats are not associative.
  let base = 1;
  let sum = 0;
  for (const part of digits.split(":").reverse()) {
    if (!/^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/.test(part)) throw new ScalarError("not a number");
    sum += Number(part) * base;
    base *= 60;
  }
  return sum;
}

const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?(?:[ \t]*(Z|([-+])(\d\d?)(?::(\d\d))?))?)?$/;

function constructTimestamp(text: string): string {
  const match = TIMESTAMP.exec(text);
  if (match === null) throw new ScalarError("not a date");
  const [
    ,
    year = "",
    month = "",
    day = "",
    hour,
    minute = "",
    second = "",
    fraction = "",
    zone,
    sign,
    zoneHour = "",
    zoneMinute,
  ] = match;
  const daysInMonth = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  if (Number(year) === 0 || Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > daysInMonth) {
    throw new ScalarError("not a day of the calendar");
  }
  const two = (part: string): string => part.padStart(2, "0");
  const date = `${year}-${two(month)}-${two(day)}`;
  if (hour === undefined) return date;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) throw new ScalarError("not a time of the day");
  const micros = fraction.slice(0, 6).padEnd(6, "0");
  const time = `${date}T${two(hour)}:${minute}:${second}${micros === "000000" ? "" : `.${micros}`}`;
  if (zone === undefined) return time;
  const offset = Number(zoneHour) * 60 + Number(zoneMinute ?? 0);
  if (offset >= 24 * 60) throw new ScalarError("not an offset of a time zone");
  // timedelta normalises minutes over 59; a zero offset has no minus sign.
  const shown = `${two(String(Math.trunc(offset / 60)))}:${two(String(offset % 60))}`;
  return `${time}${sign === "-" && offset > 0 ? "-" : "+"}${shown}`;
}
