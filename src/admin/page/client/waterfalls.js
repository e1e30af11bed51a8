// The slowest calls: one bar each, cut by hop, all on one scale.
import { formatMicros, formatSeconds, formatSlice } from "../../../telemetry/status/format-figures.ts";
import { byId, element, setText, shape, showAll } from "./dom.js";

/** @import { HopFigures } from "../../../telemetry/status/call-watch.ts" */
/** @import { SlowCall } from "../../../telemetry/status/slowest-calls.ts" */

const SURFACES = /** @type {Record<string, string>} */ ({
  serving_service: "ServingService",
  grpc_feature_server: "GrpcFeatureServer",
  http: "HTTP",
});

/** Hex digits of a trace id that tell it from the others here. */
const SHORT = 8;

/** Of a call each hop that took time, and what is in none. @param {SlowCall} call @param {readonly string[]} names */
function partsOf({ hopsUs, totalUs }, names) {
  const parts = hopsUs.map((us, index) => ({ hop: names[index] ?? "other", us }));
  const other = totalUs - hopsUs.reduce((sum, us) => sum + us, 0);
  return [...parts, { hop: "other", us: Math.max(0, other) }].filter(({ us }) => us > 0);
}

/** @param {ReturnType<typeof partsOf>} parts @param {number} scaleUs @param {number} sliceUs */
function bars(parts, scaleUs, sliceUs) {
  let leftUs = 0;
  const drawn = parts.map(({ hop, us }) => {
    const x = `${(leftUs / scaleUs) * 100}%`;
    leftUs += us;
    return shape("rect", { x, width: `${(us / scaleUs) * 100}%`, y: 0, height: "100%", class: `hop-${hop}` });
  });
  const slice = `${(sliceUs / scaleUs) * 100}%`;
  if (sliceUs <= scaleUs) drawn.push(shape("line", { x1: slice, x2: slice, y1: 0, y2: "100%", class: "slice" }));
  return drawn;
}

/** @param {SlowCall} call @param {readonly string[]} names */
function makeCall(call, names) {
  const details = element("details");
  const summary = element("summary");
  const bar = element("span", "bar");
  bar.append(shape("svg", { "aria-hidden": "true" }));
  const outcome = element("span", `badge ${call.outcome === "OK" ? "good" : "bad"}`, call.outcome);
  summary.append(
    element("span", "total", formatMicros(call.totalUs)),
    bar,
    outcome,
    element("span", "surface", SURFACES[call.surface] ?? call.surface),
    element("code", "short", call.traceId.slice(0, SHORT)),
    element("span", "age"),
  );
  const list = element("dl", "parts");
  for (const { hop, us } of partsOf(call, names)) {
    const term = element("dt", "", hop);
    term.prepend(shape("svg", { class: `swatch hop-${hop}`, "aria-hidden": "true" }));
    const pair = element("div");
    pair.append(term, element("dd", "", formatMicros(us)));
    list.append(pair);
  }
  const trace = element("p", "trace", "trace ");
  if (call.traceId === "") trace.textContent = "no trace is kept of this call";
  else trace.append(element("code", "", call.traceId));
  details.append(summary, list, trace);
  const item = element("li");
  item.append(details);
  return item;
}

/** @param {readonly SlowCall[]} calls @param {readonly HopFigures[]} hops @param {number} sliceMs */
export function drawWaterfalls(calls, hops, sliceMs) {
  const names = hops.slice(0, -1).map(({ hop }) => hop);
  const sliceUs = sliceMs * 1000;
  const scaleUs = Math.max(1, ...calls.map(({ totalUs }) => totalUs));
  const hint =
    sliceUs <= scaleUs ? "The line is the slice." : `All of them are within the slice of ${formatSlice(sliceMs)}.`;
  setText(byId("slowest-hint"), calls.length === 0 ? "" : `Bars reach from 0 to ${formatMicros(scaleUs)}. ${hint}`);
  byId("slowest-empty").toggleAttribute("hidden", calls.length > 0);
  showAll(
    byId("slowest"),
    calls,
    ({ id }) => String(id),
    (call) => makeCall(call, names),
    (item, call) => {
      item.querySelector(".bar > svg")?.replaceChildren(...bars(partsOf(call, names), scaleUs, sliceUs));
      setText(/** @type {Element} */ (item.querySelector(".age")), `${formatSeconds(call.ageSeconds)} ago`);
    },
  );
}
