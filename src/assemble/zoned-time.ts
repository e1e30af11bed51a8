/** Wall-clock text of an instant: ISO 8601 in a stored zone, RFC 3339 in UTC. */
import { WireError } from "../wire/wire-error.ts";

/** Python's datetime ends where its years do: 0001-01-01 … 9999-12-31. */
const MIN_SECONDS = -62135596800;
const MAX_SECONDS = 253402300799;

/** IANA names without a slash. ICU knows more (`PST`, `IST`), which zoneinfo does not. */
const PLAIN_ZONES: ReadonlySet<string> = new Set(
  (
    "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran " +
    "Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK " +
    "Singapore Turkey UCT UTC Universal W-SU WET Zulu"
  ).split(" "),
);

/** Seconds east of UTC at an instant. */
type OffsetAt = (seconds: number) => number;

const UTC: OffsetAt = () => 0;
/** Zones come from stored data: bounded, so that garbage cannot fill the memory. */
const MAX_ZONES = 256;
const zones = new Map<string, OffsetAt>();

/**
 * `datetime.fromtimestamp(seconds, zone).isoformat()`; feast/feature_server_utils.py:_zoned_timestamp_to_str.
 * @throws WireError for instants that Python's datetime cannot hold
 */
export function zonedText(seconds: number, zone: string): string {
  refuseUnprintable(seconds);
  let offsetAt = zones.get(zone);
  if (offsetAt === undefined) {
    offsetAt = resolveZone(zone);
    if (zones.size >= MAX_ZONES) zones.clear();
    zones.set(zone, offsetAt);
  }
  const offset = offsetAt(seconds);
  const local = seconds + offset;
  refuseUnprintable(local);
  return `${isoText(local, 4)}${offsetText(offset)}`;
}

/**
 * RFC 3339 in UTC with as few digits as are exact; feast/feature_server_utils.py:_timestamp_to_str.
 * @throws WireError for instants that Python's datetime cannot hold
 */
export function timestampText(seconds: number, nanos: number): string {
  refuseUnprintable(seconds);
  // strftime's %Y does not pad the year on Linux; only the epoch has a text of its own, which is the same.
  const base = isoText(seconds, 1);
  if (nanos === 0) return `${base}Z`;
  if (nanos % 1_000_000 === 0) return `${base}.${String(nanos / 1_000_000).padStart(3, "0")}Z`;
  if (nanos % 1_000 === 0) return `${base}.${String(nanos / 1_000).padStart(6, "0")}Z`;
  return `${base}.${String(nanos).padStart(9, "0")}Z`;
}

/** `YYYY-MM-DDTHH:MM:SS` of the years 1 to 9999. */
function isoText(seconds: number, yearDigits: number): string {
  const text = new Date(seconds * 1000).toISOString();
  return yearDigits === 4 || seconds >= -30610224000 ? text.slice(0, 19) : text.slice(0, 19).replace(/^0+/, "");
}

function refuseUnprintable(seconds: number): void {
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw new WireError("has a time outside the years 1 to 9999");
  }
}

/** feast/type_map.py:_zone_from_name: an IANA name, else a fixed offset, else UTC. */
function resolveZone(zone: string): OffsetAt {
  if (zone === "") return UTC;
  return namedZone(zone) ?? fixedZone(zone) ?? UTC;
}

function namedZone(zone: string): OffsetAt | undefined {
  if (!zone.includes("/") ? !PLAIN_ZONES.has(zone) : zone.startsWith("SystemV/")) return undefined;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  } catch {
    return undefined;
  }
  // zoneinfo looks files up by name, so case matters to it; ICU ignores case.
  const canonical = format.resolvedOptions().timeZone;
  if (canonical !== zone && canonical.toLowerCase() === zone.toLowerCase()) return undefined;
  return (seconds) => {
    const name = format.formatToParts(seconds * 1000).find((part) => part.type === "timeZoneName")?.value ?? "";
    // "GMT", "GMT-05:00" or, before standard time, "GMT-04:56:02".
    const match = /^GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name);
    if (match === null) return 0;
    const magnitude = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
    return match[1] === "-" ? -magnitude : magnitude;
  };
}

/** feast/type_map.py:_fixed_offset_from_name. @throws WireError for offsets of a day and more, which Python's timezone refuses */
function fixedZone(zone: string): OffsetAt | undefined {
  const match = /^(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})$/.exec(zone.trim());
  if (match === null) return undefined;
  const magnitude = Number(match[2]) * 3600 + Number(match[3]) * 60;
  if (magnitude >= 86400) throw new WireError("has a time zone a day or more from UTC");
  const offset = match[1] === "-" ? -magnitude : magnitude;
  return () => offset;
}

/** datetime.isoformat's `±HH:MM[:SS]`. */
function offsetText(offset: number): string {
  const magnitude = Math.abs(offset);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const text = `${offset < 0 ? "-" : "+"}${two(magnitude / 3600)}:${two((magnitude / 60) % 60)}`;
  return magnitude % 60 === 0 ? text : `${text}:${two(magnitude % 60)}`;
}
