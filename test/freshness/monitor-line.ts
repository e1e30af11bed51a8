/**
 * Lines of MONITOR (replication.c:replicationFeedMonitors), of which a replica writes one for each command of its primary, too:
 * `1795575154.626442 [0 127.0.0.1:23456] "hset" "k" "\x01\x02"`. Only commands that change rows are understood.
 */
import { ENTITIES, entityKey, timestampField, VIEWS, versionOfTimestamp } from "./hot-data.ts";
import type { NodeEvent } from "./node-event.ts";

const ENTITY_OF = new Map(ENTITIES.map((_, entity) => [entityKey(entity).toString("latin1"), entity]));
const VIEW_OF = new Map(Array.from({ length: VIEWS }, (_, view) => [timestampField(view), view]));
const LETTERS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" };

/** @returns the entity that is read, undefined for other commands */
export function readOf(line: string): number | undefined {
  const at = line.indexOf('] "HMGET" ');
  return at < 0 ? undefined : ENTITY_OF.get(words(line, at + 10, 1)[0] ?? "");
}

/** @param toMs from epoch milliseconds of the server to the clock of `nowMs` @returns what it changed of our rows */
export function eventsOf(line: string, toMs: (serverMs: number) => number): readonly NodeEvent[] {
  const at = line.indexOf('] "');
  if (at < 0) return [];
  const name = line.slice(at + 3, line.indexOf('"', at + 3)).toLowerCase();
  const serverMs = (): number => Number(line.slice(0, line.indexOf(" "))) * 1000;
  const atMs = (): number => toMs(serverMs());
  switch (name) {
    case "hset":
    case "hmset":
      return setEvents(words(line, at + 2), atMs());
    case "del":
    case "unlink":
      return words(line, at + 2)
        .slice(1)
        .flatMap((key) => ofKey(key, (entity) => ({ kind: "gone", atMs: atMs(), entity })));
    case "pexpire":
    case "expire":
    case "pexpireat":
    case "expireat": {
      const [, key = "", time = ""] = words(line, at + 2);
      const fromMs = name.endsWith("at") ? 0 : Math.floor(serverMs());
      // Redis counts whole milliseconds, and the one that is named has to be over (db.c:keyIsExpired).
      const expiryMs = toMs(fromMs + Number(time) * (name.startsWith("p") ? 1 : 1000) + 1);
      return ofKey(key, (entity) => ({ kind: "expires", atMs: atMs(), entity, expiryMs }));
    }
    case "flushall":
    case "flushdb":
      return [{ kind: "flush", atMs: atMs() }];
    default:
      return [];
  }
}

function setEvents([, key = "", ...pairs]: readonly string[], atMs: number): readonly NodeEvent[] {
  return ofKey(key, (entity) => {
    for (let at = 0; at < pairs.length; at += 2) {
      const view = VIEW_OF.get(pairs[at] as string);
      if (view === undefined) continue;
      return {
        kind: "set",
        atMs,
        entity,
        view,
        version: versionOfTimestamp(Buffer.from(pairs[at + 1] ?? "", "latin1")),
      };
    }
    return undefined;
  });
}

function ofKey(key: string, make: (entity: number) => NodeEvent | undefined): readonly NodeEvent[] {
  const entity = ENTITY_OF.get(key);
  const event = entity === undefined ? undefined : make(entity);
  return event === undefined ? [] : [event];
}

/** The first quoted words from `start` on, a character for each byte (sds.c:sdscatrepr). */
function words(line: string, start: number, most = Number.POSITIVE_INFINITY): string[] {
  const found: string[] = [];
  const quoted = /"((?:[^"\\]|\\.)*)"/gy;
  for (quoted.lastIndex = start; ; quoted.lastIndex += 1) {
    const match = quoted.exec(line);
    if (match === null || found.length === most) return found;
    found.push(
      (match[1] as string).replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex?: string, letter?: string) =>
        hex === undefined
          ? (LETTERS[letter as string] ?? (letter as string))
          : String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    );
  }
}
