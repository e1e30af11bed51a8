// Follows /events and draws what comes; says so when nothing comes any more.
import { formatSeconds } from "../../../telemetry/status/format-figures.ts";
import { drawBudget } from "./budget.js";
import { byId, setText } from "./dom.js";
import { drawCache, drawNodes, drawTroubles } from "./tables.js";
import { drawTiles } from "./tiles.js";
import { drawWaterfalls } from "./waterfalls.js";

/** @import { StatusSnapshot } from "../../../telemetry/status/status-snapshot.ts" */

/** News come once a second. */
const STALE_MS = 3500;
const AGAIN_MS = 3000;

let heardMs = performance.now();
let isPaused = false;
/** @type {StatusSnapshot | undefined} */
let latest;

/** @param {StatusSnapshot} status */
function draw(status) {
  setText(byId("version"), status.version);
  setText(byId("uptime"), `up ${formatSeconds(status.uptimeSeconds)}`);
  const isReady = status.notReady === "";
  setText(byId("ready"), isReady ? "ready" : `not ready: ${status.notReady}`);
  byId("ready").className = `badge ${isReady ? "good" : "bad"}`;
  drawTiles(status);
  drawBudget(status.calls, status.sliceMs);
  drawWaterfalls(status.calls.slowest, status.calls.hops, status.sliceMs);
  drawNodes(status);
  drawCache(status);
  drawTroubles(status);
  document.body.removeAttribute("data-waiting");
}

function lookForSilence() {
  const silentMs = performance.now() - heardMs;
  const isStale = silentMs > STALE_MS;
  byId("stale").toggleAttribute("hidden", !isStale);
  document.body.toggleAttribute("data-stale", isStale);
  if (isStale) setText(byId("stale-for"), formatSeconds(silentMs / 1000));
}

function follow() {
  const events = new EventSource("/events");
  events.addEventListener("message", ({ data }) => {
    heardMs = performance.now();
    latest = JSON.parse(data);
    lookForSilence();
    if (!isPaused && latest !== undefined) draw(latest);
  });
  // A stream that broke is begun anew by the browser; one that was refused is not.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN_MS);
  });
}

byId("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  byId("pause").setAttribute("aria-pressed", String(isPaused));
  if (!isPaused && latest !== undefined) draw(latest);
});
setInterval(lookForSilence, 500);
follow();
