/** One frame of `top`: a snapshot as lines of text for a terminal of a given size. Pure. */
import {
  cacheOffWords,
  formatBytes,
  formatCount,
  formatMicros,
  formatSeconds,
  formatShare,
  formatSlice,
} from "../telemetry/status/format-figures.ts";
import type { StatusSnapshot } from "../telemetry/status/status-snapshot.ts";

export interface FrameOptions {
  readonly columns: number;
  /** Infinity: as many as it takes. */
  readonly rows: number;
  /** With the terminal's colours. */
  readonly isColoured: boolean;
  /** A line for the top, "" = none. */
  readonly notice: string;
}

type Colour = "bold" | "soft" | "red" | "green" | "yellow";

const CODES: Readonly<Record<Colour, string>> = { bold: "1", soft: "2", red: "31", green: "32", yellow: "33" };
const BAR_CHARS = 24;
/** Letters of hops in the bars; `.` is in none. */
const HOP_LETTERS: Readonly<Record<string, string>> = {
  loop: "l",
  admission: "a",
  plan: "p",
  cache: "c",
  wait: "w",
  redis: "R",
  assemble: "s",
  write: "W",
};
const STATE_COLOURS: Readonly<Record<string, Colour>> = { serving: "green", down: "red" };

/** A stretch of a line, so that colours do not count as width. */
interface Piece {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

/** The lines, none longer than the terminal is wide, no more than it has. */
export function topFrame(status: StatusSnapshot, options: FrameOptions): string[] {
  const lines: (readonly Piece[])[] = [
    ...(options.notice === "" ? [] : [[{ text: options.notice, colour: "red" } as const]]),
    ...summaryLines(status),
    [],
    ...hopLines(status),
    [],
    ...nodeLines(status),
    ...troubleLines(status),
    [],
    ...slowLines(status),
  ];
  return lines.slice(0, options.rows).map((line) => printed(line, options));
}

function summaryLines(status: StatusSnapshot): (readonly Piece[])[] {
  const { calls, admission, cache, cacheOffReason, registryAgeSeconds } = status;
  const isReady = status.notReady === "";
  const registry = registryAgeSeconds === undefined ? "never read" : `${formatSeconds(registryAgeSeconds)} old`;
  const late =
    calls.count === 0 ? "" : `, ${formatShare(calls.overSlice / calls.count)} over ${formatSlice(status.sliceMs)}`;
  return [
    [
      { text: `feast-sidecar ${status.version}`, colour: "bold" },
      { text: "  " },
      { text: isReady ? "ready" : `not ready: ${status.notReady}`, colour: isReady ? "green" : "red" },
      { text: `  up ${formatSeconds(status.uptimeSeconds)}`, colour: "soft" },
    ],
    [
      { text: `calls ${calls.perSecond.toFixed(1)}/s`, colour: "bold" },
      { text: `  ${formatCount(calls.count)} in the last minute${late}` },
      { text: `  in flight ${admission.inFlight} of ${admission.limit}  registry ${registry}` },
    ],
    [{ text: cacheText(cache, cacheOffReason) }],
  ];
}

function cacheText(cache: StatusSnapshot["cache"], offReason: string): string {
  if (cache === undefined || offReason !== "") return `cache off: ${cacheOffWords(offReason)}`;
  const asked = cache.hits + cache.misses;
  const rate = cache.recentHitRate ?? (asked === 0 ? undefined : cache.hits / asked);
  const hits = rate === undefined ? "nothing asked yet" : `${formatShare(rate)} hits`;
  return `cache ${hits}  ${formatBytes(cache.bytes)} of ${formatBytes(cache.maxBytes)}  ${formatCount(cache.rows)} rows`;
}

function hopLines({ calls, sliceMs }: StatusSnapshot): (readonly Piece[])[] {
  const sliceUs = sliceMs * 1000;
  const head = `${"hop".padEnd(10)}${["P50", "P99", "P99.9", "calls"].map((name) => name.padStart(10)).join("")}`;
  const total = calls.hops.slice(-1);
  return [
    [{ text: `${head}   P99 in the slice of ${formatSlice(sliceMs)}`, colour: "soft" }],
    ...[...total, ...calls.hops.slice(0, -1)].map(({ hop, count, p50Us, p99Us, p999Us }): Piece[] => {
      const time = (us: number): Piece => ({
        text: (count === 0 ? "–" : formatMicros(us)).padStart(10),
        colour: us > sliceUs ? "red" : undefined,
      });
      const share = calls.count === 0 ? "–" : formatShare(count / calls.count);
      const filled = Math.min(BAR_CHARS, Math.ceil((p99Us / sliceUs) * BAR_CHARS));
      return [
        { text: hop.padEnd(10), colour: hop === "total" ? "bold" : undefined },
        ...[p50Us, p99Us, p999Us].map(time),
        { text: share.padStart(10) },
        { text: `   ${"█".repeat(filled)}`, colour: p99Us > sliceUs ? "red" : "green" },
        { text: "░".repeat(BAR_CHARS - filled), colour: "soft" },
      ];
    }),
  ];
}

function nodeLines({ nodes, nodesLeftOut, storeState }: StatusSnapshot): (readonly Piece[])[] {
  if (nodes === undefined || nodes.length === 0) return [[{ text: `store ${storeState}`, colour: "soft" }]];
  const width = Math.max(4, ...nodes.map(({ node }) => node.length)) + 2;
  const zoneWidth = Math.max(4, ...nodes.map(({ zone }) => zone.length)) + 2;
  const seconds = (value: number | undefined): string => (value === undefined ? "–" : formatMicros(value * 1e6));
  const head = `${"node".padEnd(width)}${"role".padEnd(9)}${"zone".padEnd(zoneWidth)}${"state".padEnd(9)}${"reason".padEnd(15)}`;
  return [
    [{ text: `${head}${"latency".padStart(10)}${"lag".padStart(10)}${"in flight".padStart(11)}`, colour: "soft" }],
    ...nodes.map((node): Piece[] => [
      { text: `${node.node.padEnd(width)}${node.role.padEnd(9)}${(node.zone || "–").padEnd(zoneWidth)}` },
      { text: node.state.padEnd(9), colour: STATE_COLOURS[node.state] ?? "yellow" },
      { text: node.reason.padEnd(15) },
      { text: `${seconds(node.latencySeconds).padStart(10)}${seconds(node.lagSeconds).padStart(10)}` },
      { text: String(node.inFlight).padStart(11) },
    ]),
    ...(nodesLeftOut === 0 ? [] : [[{ text: `and ${nodesLeftOut} more`, colour: "soft" as const }]]),
  ];
}

function troubleLines({ calls: { degraded, outcomes } }: StatusSnapshot): (readonly Piece[])[] {
  const rows = degraded.map(({ policy, reason, rows: count }) => `${policy} for ${reason}: ${formatCount(count)} rows`);
  const refused = outcomes.filter(({ outcome }) => outcome !== "OK");
  const lines: Piece[] = [];
  if (rows.length > 0) lines.push({ text: `degraded  ${rows.join("  ")}`, colour: "yellow" });
  if (refused.length > 0) {
    const text = refused.map(({ outcome, count }) => `${outcome} ${formatCount(count)}`).join("  ");
    lines.push({ text: `refused   ${text}`, colour: "red" });
  }
  return lines.length === 0 ? [] : [[], ...lines.map((line) => [line])];
}

function slowLines({ calls: { slowest, hops } }: StatusSnapshot): (readonly Piece[])[] {
  if (slowest.length === 0) return [[{ text: "no calls in the last five minutes", colour: "soft" }]];
  const names = hops.slice(0, -1).map(({ hop }) => hop);
  const key = names.map((hop) => `${HOP_LETTERS[hop] ?? "."}=${hop}`).join(" ");
  return [
    [{ text: `slowest calls of the last five minutes, how long ago   ${key}`, colour: "soft" }],
    ...slowest.map((call): Piece[] => [
      { text: formatMicros(call.totalUs).padStart(8), colour: "bold" },
      { text: `  ${letters(call.hopsUs, call.totalUs, names)}  ` },
      { text: call.outcome.padEnd(19), colour: call.outcome === "OK" ? "green" : "red" },
      { text: ` ${call.surface.padEnd(20)}${formatSeconds(call.ageSeconds).padEnd(12)}` },
      { text: call.traceId, colour: "soft" },
    ]),
  ];
}

/** The hops of a call in proportion, as a bar of letters. */
function letters(hopsUs: readonly number[], totalUs: number, names: readonly string[]): string {
  let text = "";
  let sumUs = 0;
  for (const [index, us] of hopsUs.entries()) {
    sumUs += us;
    text = text.padEnd(Math.round((sumUs / totalUs) * BAR_CHARS), HOP_LETTERS[names[index] ?? ""] ?? ".");
  }
  return text.padEnd(BAR_CHARS, ".").slice(0, BAR_CHARS);
}

/** Cut to the width; nothing in it that a terminal would take for a command, whatever the server is. */
function printed(line: readonly Piece[], { columns, isColoured }: FrameOptions): string {
  let left = columns;
  let text = "";
  for (const { text: raw, colour } of line) {
    const shown = raw.replace(/\p{C}/gu, "?").slice(0, left);
    left -= shown.length;
    text += colour !== undefined && isColoured && shown !== "" ? `\x1b[${CODES[colour]}m${shown}\x1b[0m` : shown;
  }
  return text.trimEnd();
}
