// The figures at the top, two of them with the last minutes behind them.
import {
  cacheOffWords,
  formatBytes,
  formatCount,
  formatMicros,
  formatSeconds,
  formatShare,
  formatSlice,
} from "../../../telemetry/status/format-figures.ts";
import { byId, setText, shape } from "./dom.js";

/** @import { StatusSnapshot } from "../../../telemetry/status/status-snapshot.ts" */

/** Samples, one a second. */
const KEPT = 90;
/** The line fills its tile from then on. */
const LEAST = 20;
/** @type {Record<string, number[]>} */
const past = { rate: [], p99: [] };

/** @param {string} id @param {number} value */
function drawPast(id, value) {
  const values = past[id] ?? [];
  values.push(value);
  if (values.length > KEPT) values.shift();
  const most = Math.max(...values);
  const span = Math.max(LEAST, values.length);
  const points = values.map((each, index) => {
    const x = ((span - values.length + index) / (span - 1)) * 100;
    return `${x.toFixed(1)},${(most === 0 ? 23 : 23 - (each / most) * 21).toFixed(1)}`;
  });
  byId(`${id}-past`).replaceChildren(shape("polyline", { points: points.join(" ") }));
}

/** @param {string} id @param {string} value @param {string} note @param {boolean} [isBad] */
function tile(id, value, note, isBad = false) {
  setText(byId(id), value);
  setText(byId(`${id}-note`), note);
  byId(id).classList.toggle("over", isBad);
}

/** @param {StatusSnapshot["cache"]} cache @param {string} off */
function cacheTiles(cache, off) {
  if (cache === undefined || off !== "") {
    tile("hits", "off", cacheOffWords(off));
  } else {
    const asked = cache.hits + cache.misses;
    const ever = asked === 0 ? undefined : cache.hits / asked;
    const shown = cache.recentHitRate ?? ever;
    const since = ever === undefined ? "nothing asked yet" : `${formatShare(ever)} since the start`;
    tile("hits", shown === undefined ? "–" : formatShare(shown), since);
  }
  if (cache === undefined) tile("bytes", "–", "no cache");
  else tile("bytes", formatBytes(cache.bytes), `of ${formatBytes(cache.maxBytes)}, ${formatCount(cache.rows)} rows`);
}

/** @param {StatusSnapshot} status */
export function drawTiles({ calls, sliceMs, admission, registryAgeSeconds, cache, cacheOffReason }) {
  const rate = calls.perSecond;
  tile("rate", rate < 10 ? rate.toFixed(1) : formatCount(rate), `${formatCount(calls.count)} in the last minute`);
  drawPast("rate", rate);
  const total = calls.hops.at(-1);
  const p99Us = total?.p99Us ?? 0;
  const isQuiet = calls.count === 0;
  tile("p99", isQuiet ? "–" : formatMicros(p99Us), `slice ${formatSlice(sliceMs)}`, p99Us > sliceMs * 1000);
  drawPast("p99", p99Us);
  const over = isQuiet ? "no calls" : `${formatShare(calls.overSlice / calls.count)} of calls`;
  tile("late", formatCount(calls.overSlice), over, calls.overSlice > 0);
  cacheTiles(cache, cacheOffReason);
  const isUnread = registryAgeSeconds === undefined;
  tile(
    "registry",
    isUnread ? "none" : formatSeconds(registryAgeSeconds),
    isUnread ? "never read yet" : "since it was read",
    isUnread,
  );
  tile("flight", formatCount(admission.inFlight), `may be ${formatCount(admission.limit)}`);
}
