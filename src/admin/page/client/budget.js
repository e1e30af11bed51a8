// The budget as a picture: how long each hop takes, on one logarithmic scale with the slice in it.
import { formatCount, formatMicros, formatShare, formatSlice } from "../../../telemetry/status/format-figures.ts";
import { byId, element, setText, shape, showAll } from "./dom.js";

/** @import { CallFigures, HopFigures } from "../../../telemetry/status/call-watch.ts" */

/** The scale ends at the decade that leaves room beyond the slice. @param {number} sliceMs */
function scaleEnd(sliceMs) {
  return Math.max(3, Math.ceil(Math.log10(sliceMs * 1000) + 0.5));
}

/** Where a duration is on the scale, in per cent; it begins at 1 µs. @param {number} us @param {number} sliceMs */
function place(us, sliceMs) {
  const share = Math.log10(Math.max(1, us)) / scaleEnd(sliceMs);
  return `${(Math.min(1, share) * 100).toFixed(2)}%`;
}

/** @param {number} sliceMs */
function ground(sliceMs) {
  const slice = place(sliceMs * 1000, sliceMs);
  const width = `${(100 - Number.parseFloat(slice)).toFixed(2)}%`;
  const lines = Array.from({ length: scaleEnd(sliceMs) - 1 }, (_, decade) => {
    const x = place(10 ** (decade + 1), sliceMs);
    return shape("line", { x1: x, x2: x, y1: 0, y2: "100%", class: "grid" });
  });
  return [
    shape("rect", { x: slice, width, y: 0, height: "100%", class: "late" }),
    ...lines,
    shape("line", { x1: slice, x2: slice, y1: 0, y2: "100%", class: "slice" }),
  ];
}

/** @param {number} sliceMs */
function drawAxis(sliceMs) {
  const axis = byId("axis");
  if (axis.getAttribute("data-slice") === String(sliceMs)) return;
  axis.setAttribute("data-slice", String(sliceMs));
  const decades = Array.from({ length: scaleEnd(sliceMs) }, (_, decade) => 10 ** decade);
  const labels = decades.map((us) => {
    const label = shape("text", { x: place(us, sliceMs), y: 12, class: us === 1 ? "first" : "tick" });
    label.textContent = us < 1000 ? `${us} µs` : us < 1e6 ? `${us / 1e3} ms` : `${us / 1e6} s`;
    return label;
  });
  axis.replaceChildren(...labels);
  setText(byId("slice"), formatSlice(sliceMs));
}

/** @param {Element} row @param {HopFigures} hop @param {number} calls @param {number} sliceMs */
function drawHop(row, hop, calls, sliceMs) {
  const { count, p50Us, p99Us, p999Us } = hop;
  const [, strip, p50, p99, p999, share] = /** @type {[Element, Element, Element, Element, Element, Element]} */ ([
    ...row.children,
  ]);
  const isEmpty = count === 0;
  const text = (/** @type {number} */ us) => (isEmpty ? "–" : formatMicros(us));
  setText(p50, text(p50Us));
  setText(p99, text(p99Us));
  setText(p999, text(p999Us));
  for (const [cell, us] of /** @type {const} */ ([
    [p50, p50Us],
    [p99, p99Us],
    [p999, p999Us],
  ])) {
    cell.classList.toggle("over", us > sliceMs * 1000);
  }
  setText(share, calls === 0 ? "–" : formatShare(count / calls));
  const marks = [
    shape("line", { x1: place(p50Us, sliceMs), x2: place(p999Us, sliceMs), y1: "50%", y2: "50%", class: "range" }),
    shape("circle", { cx: place(p50Us, sliceMs), cy: "50%", r: 5, class: "p50" }),
    shape("circle", { cx: place(p99Us, sliceMs), cy: "50%", r: 4, class: "p99" }),
    shape("rect", { x: place(p999Us, sliceMs), y: "22%", width: 3, height: "56%", class: "p999" }),
  ];
  strip.firstElementChild?.replaceChildren(...ground(sliceMs), ...(isEmpty ? [] : marks));
}

/** @param {HopFigures} hop */
function makeHop({ hop }) {
  const row = element("tr", `is-${hop}`);
  const name = element("th", "", hop);
  name.setAttribute("scope", "row");
  name.prepend(shape("svg", { class: `swatch hop-${hop}`, "aria-hidden": "true" }));
  const strip = element("td", "strip");
  strip.append(shape("svg", { "aria-hidden": "true", class: `hop-${hop}` }));
  row.append(name, strip, ...Array.from({ length: 4 }, () => element("td", "number")));
  return row;
}

/** An average call, whose hops add up. @param {CallFigures} calls @param {number} sliceMs */
function drawMean({ hops, count }, sliceMs) {
  const total = hops.at(-1);
  byId("mean").toggleAttribute("hidden", count === 0 || total === undefined);
  if (count === 0 || total === undefined) return;
  const parts = hops.slice(0, -1).map(({ hop, meanUs, count: times }) => ({ hop, us: (meanUs * times) / count }));
  const other = Math.max(0, total.meanUs - parts.reduce((sum, { us }) => sum + us, 0));
  const all = [...parts, { hop: "other", us: other }];
  const sum = all.reduce((so, { us }) => so + us, 0);
  const ofSlice = formatShare(total.meanUs / (sliceMs * 1000));
  setText(byId("mean-total"), `${formatMicros(total.meanUs)}, ${ofSlice} of the slice`);
  let left = 0;
  const bars = all.map(({ hop, us }) => {
    const width = sum === 0 ? 0 : (us / sum) * 100;
    const bar = shape("rect", { x: `${left}%`, width: `${width}%`, y: 0, height: "100%", class: `hop-${hop}` });
    left += width;
    return bar;
  });
  byId("mean-bar").replaceChildren(...bars);
  const make = (/** @type {{ hop: string }} */ { hop }) => {
    const item = element("li");
    item.append(shape("svg", { class: `swatch hop-${hop}`, "aria-hidden": "true" }), hop, element("b"));
    return item;
  };
  showAll(
    byId("mean-hops"),
    all,
    ({ hop }) => hop,
    make,
    (item, { us }) => setText(/** @type {Element} */ (item.lastElementChild), formatMicros(us)),
  );
}

/** @param {CallFigures} calls @param {number} sliceMs */
export function drawBudget(calls, sliceMs) {
  drawAxis(sliceMs);
  drawMean(calls, sliceMs);
  const total = calls.hops.at(-1);
  showAll(
    byId("hops"),
    total === undefined ? [] : [total, ...calls.hops.slice(0, -1)],
    ({ hop }) => hop,
    makeHop,
    (row, hop) => drawHop(row, hop, calls.count, sliceMs),
  );
  byId("budget-empty").toggleAttribute("hidden", calls.count > 0);
  setText(byId("budget-count"), formatCount(calls.count));
}
