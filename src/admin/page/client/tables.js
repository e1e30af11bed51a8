// Redis nodes, the cache by view, what is degraded, how calls ended.
import { cacheOffWords, formatCount, formatMicros, formatShare } from "../../../telemetry/status/format-figures.ts";
import { byId, element, setText, showAll } from "./dom.js";

/** @import { StatusSnapshot } from "../../../telemetry/status/status-snapshot.ts" */

/** @typedef {{ text: string, kind?: string }} Cell */

const NODE_KINDS = /** @type {Record<string, string>} */ ({ serving: "good", gated: "warn", out: "warn", down: "bad" });

/**
 * Rows have no identity of their own: each place is written anew where its text changed.
 * @param {string} id of the tbody
 * @param {readonly (readonly Cell[])[]} rows
 */
function drawRows(id, rows) {
  byId(`${id}-table`).toggleAttribute("hidden", rows.length === 0);
  byId(`${id}-empty`).toggleAttribute("hidden", rows.length > 0);
  showAll(
    byId(id),
    rows.map((cells, index) => ({ cells, key: String(index) })),
    ({ key }) => key,
    ({ cells }) => emptyRow(cells),
    (row, { cells }) => {
      cells.forEach(({ text, kind }, index) => {
        const cell = /** @type {Element} */ (row.children[index]);
        const badge = cell.firstElementChild;
        setText(badge ?? cell, text);
        if (badge !== null) badge.className = `badge ${kind}`;
      });
    },
  );
}

/** @param {readonly Cell[]} cells */
function emptyRow(cells) {
  const row = element("tr");
  cells.forEach(({ kind }, index) => {
    const isNumber = kind === "number";
    const cell = element(index === 0 ? "th" : "td", isNumber ? "number" : "");
    if (index === 0) cell.setAttribute("scope", "row");
    if (kind !== undefined && !isNumber) cell.append(element("span", "badge"));
    row.append(cell);
  });
  return row;
}

/** @param {number | undefined} seconds @returns {Cell} */
function duration(seconds) {
  return { text: seconds === undefined ? "–" : formatMicros(seconds * 1e6), kind: "number" };
}

/** @param {number} count @returns {Cell} */
function number(count) {
  return { text: formatCount(count), kind: "number" };
}

/** @param {number} part @param {number} whole @returns {Cell} */
function share(part, whole) {
  return { text: whole === 0 ? "–" : formatShare(part / whole), kind: "number" };
}

/** @param {StatusSnapshot} status */
export function drawNodes({ nodes, nodesLeftOut, storeState }) {
  drawRows(
    "nodes",
    (nodes ?? []).map(({ node, role, zone, state, reason, latencySeconds, lagSeconds, inFlight, gateOpened }) => [
      { text: node },
      { text: role },
      { text: zone === "" ? "–" : zone },
      // Kept in reserve by the setting: nothing is wrong with it.
      { text: state, kind: reason === "read_from" ? "calm" : (NODE_KINDS[state] ?? "warn") },
      { text: reason.replaceAll("_", " ") },
      duration(latencySeconds),
      duration(lagSeconds),
      number(inFlight),
      number(gateOpened),
    ]),
  );
  const why = nodes === undefined ? "This store has no nodes." : "No node is known yet.";
  setText(byId("nodes-empty"), `${why} It is ${storeState}.`);
  setText(byId("nodes-more"), nodesLeftOut === 0 ? "" : `and ${formatCount(nodesLeftOut)} more`);
}

/** @param {StatusSnapshot} status */
export function drawCache({ cache, cacheOffReason }) {
  drawRows(
    "views",
    (cache?.views ?? []).map(({ view, hits, misses }) => [
      { text: view },
      share(hits, hits + misses),
      number(hits),
      number(misses),
    ]),
  );
  const isOn = cacheOffReason === "";
  const empty = isOn ? "Nothing was asked of the cache yet." : `Nothing is cached: ${cacheOffWords(cacheOffReason)}.`;
  setText(byId("views-empty"), empty);
}

/** @param {StatusSnapshot} status */
export function drawTroubles({ calls: { degraded, outcomes, count } }) {
  drawRows(
    "degraded",
    degraded.map(({ policy, reason, rows }) => [{ text: policy, kind: "warn" }, { text: reason }, number(rows)]),
  );
  drawRows(
    "outcomes",
    outcomes.map(({ outcome, count: times }) => [
      { text: outcome, kind: outcome === "OK" ? "good" : "bad" },
      number(times),
      share(times, count),
    ]),
  );
}
