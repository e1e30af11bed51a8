// Redis nodes, the cache by view, what is degraded, how calls ended.
import { formatCount, formatMicros, formatShare } from "../../../telemetry/status/format-figures.ts";
import { byId, element, setText, showAll } from "./dom.js";

/** @import { StatusSnapshot } from "../../../telemetry/status/status-snapshot.ts" */

/** @typedef {{ text: string, kind?: string }} Cell */

const NODE_KINDS = /** @type {Record<string, string>} */ ({ serving: "good", gated: "warn", out: "warn", down: "bad" });

/**
 * @param {string} id of the tbody
 * @param {readonly { key: string, cells: readonly Cell[] }[]} rows
 */
function drawRows(id, rows) {
  showAll(
    byId(id),
    rows,
    ({ key }) => key,
    ({ cells }) => {
      const row = element("tr");
      cells.forEach(({ kind }, index) => {
        const cell = element(index === 0 ? "th" : "td", kind === "number" ? "number" : "");
        if (index === 0) cell.setAttribute("scope", "row");
        if (kind !== undefined && kind !== "number") cell.append(element("span", "badge"));
        row.append(cell);
      });
      return row;
    },
    (row, { cells }) => {
      cells.forEach(({ text, kind }, index) => {
        const cell = /** @type {Element} */ (row.children[index]);
        const target = kind === undefined || kind === "number" ? cell : /** @type {Element} */ (cell.firstElementChild);
        setText(target, text);
        if (target !== cell) target.className = `badge ${kind}`;
      });
    },
  );
}

/** @param {number | undefined} seconds @returns {Cell} */
function duration(seconds) {
  return { text: seconds === undefined ? "–" : formatMicros(seconds * 1e6), kind: "number" };
}

/** @param {number} count @returns {Cell} */
function number(count) {
  return { text: formatCount(count), kind: "number" };
}

/** @param {StatusSnapshot} status */
export function drawNodes({ nodes, nodesLeftOut, storeState }) {
  const rows = (nodes ?? []).map(
    ({ node, role, zone, state, reason, latencySeconds, lagSeconds, inFlight, gateOpened }) => ({
      key: node,
      cells: [
        { text: node },
        { text: role },
        { text: zone === "" ? "–" : zone },
        { text: state, kind: NODE_KINDS[state] ?? "warn" },
        { text: reason.replaceAll("_", " ") },
        duration(latencySeconds),
        duration(lagSeconds),
        number(inFlight),
        number(gateOpened),
      ],
    }),
  );
  drawRows("nodes", rows);
  const isEmpty = rows.length === 0;
  byId("nodes-table").toggleAttribute("hidden", isEmpty);
  byId("nodes-empty").toggleAttribute("hidden", !isEmpty);
  const why = nodes === undefined ? "This store is a file: it has no nodes." : "No node is known yet.";
  setText(byId("nodes-empty"), `${why} The store is ${storeState}.`);
  setText(byId("nodes-more"), nodesLeftOut === 0 ? "" : `and ${formatCount(nodesLeftOut)} more`);
}

/** @param {StatusSnapshot} status */
export function drawCache({ cache, cacheOffReason }) {
  const rows = (cache?.views ?? []).map(({ view, hits, misses }) => ({
    key: view,
    cells: [
      { text: view },
      { text: hits + misses === 0 ? "–" : formatShare(hits / (hits + misses)), kind: "number" },
      number(hits),
      number(misses),
    ],
  }));
  drawRows("views", rows);
  byId("views-table").toggleAttribute("hidden", rows.length === 0);
  byId("views-empty").toggleAttribute("hidden", rows.length > 0);
  const empty = cacheOffReason === "" ? "Nothing was asked of the cache yet." : `Nothing is cached: ${cacheOffReason}.`;
  setText(byId("views-empty"), empty);
}

/** @param {StatusSnapshot} status */
export function drawTroubles({ calls: { degraded, outcomes, count } }) {
  drawRows(
    "degraded",
    degraded.map(({ policy, reason, rows }) => ({
      key: `${policy} ${reason}`,
      cells: [{ text: policy, kind: "warn" }, { text: reason }, number(rows)],
    })),
  );
  byId("degraded-table").toggleAttribute("hidden", degraded.length === 0);
  byId("degraded-empty").toggleAttribute("hidden", degraded.length > 0);
  drawRows(
    "outcomes",
    outcomes.map(({ outcome, count: times }) => ({
      key: outcome,
      cells: [
        { text: outcome, kind: outcome === "OK" ? "good" : "bad" },
        number(times),
        { text: formatShare(times / count), kind: "number" },
      ],
    })),
  );
  byId("outcomes-table").toggleAttribute("hidden", outcomes.length === 0);
  byId("outcomes-empty").toggleAttribute("hidden", outcomes.length > 0);
}
