/** The markup of the status page: places that the script fills, and what is said where there is nothing to show. */

const TILES = [
  { id: "rate", label: "Calls a second", hasPast: true },
  { id: "p99", label: "P99", hasPast: true },
  { id: "late", label: "Over the slice", hasPast: false },
  { id: "hits", label: "Hit rate", hasPast: false },
  { id: "bytes", label: "Cached", hasPast: false },
  { id: "registry", label: "Registry age", hasPast: false },
  { id: "flight", label: "In flight", hasPast: false },
];

const tiles = TILES.map(
  ({ id, label, hasPast }) => `
<div class="tile"><dt>${label}</dt><dd><span class="figure" id="${id}">–</span><span class="note" id="${id}-note"></span>${
    hasPast
      ? `<svg class="past" id="${id}-past" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true"></svg>`
      : ""
  }</dd></div>`,
).join("");

/** A table that scrolls by itself where it is too wide. Columns with a `#` before their name hold numbers. */
function table(id: string, label: string, columns: readonly string[]): string {
  const heads = columns.map((name) =>
    name.startsWith("#") ? `<th scope="col" class="number">${name.slice(1)}</th>` : `<th scope="col">${name}</th>`,
  );
  return `<div class="scroll" id="${id}-table" role="region" aria-label="${label}" tabindex="0" hidden><table>
<thead><tr>${heads.join("")}</tr></thead><tbody id="${id}"></tbody></table></div>`;
}

export const PAGE_BODY = `<body data-waiting>
<header>
<h1>feast-sidecar <span id="version"></span></h1>
<span id="ready" class="badge" role="status">waiting</span>
<span id="uptime"></span>
<button type="button" id="pause" aria-pressed="false">Pause</button>
</header>
<p id="stale" class="banner" hidden><span role="alert">No news: the sidecar has stopped or cannot be reached, or too many pages watch
it. Trying again.</span> These figures are <span id="stale-for"></span> old.</p>
<noscript><p class="banner">This page draws live figures with a script. The same figures are at /metrics.</p></noscript>
<main>
<dl class="tiles">${tiles}
</dl>

<section aria-labelledby="budget-head">
<h2 id="budget-head">The budget</h2>
<p class="hint">How long each hop of a call took, over the last minute, against the slice of <b id="slice">…</b>.
<span id="budget-count">0</span> calls.</p>
<p class="empty" id="budget-empty">No calls in the last minute.</p>
<div id="mean" hidden>
<p class="mean">An average call: <b id="mean-total"></b></p>
<svg id="mean-bar" aria-hidden="true"></svg>
<ul id="mean-hops" aria-label="Hops of an average call"></ul>
</div>
<table class="budget">
<thead><tr><th scope="col">Hop</th><th class="strip"><span class="unseen">Picture</span><svg id="axis" aria-hidden="true"></svg></th>
<th scope="col" class="number"><svg class="key" aria-hidden="true"><circle class="p50" cx="6" cy="6" r="5"/></svg>P50</th>
<th scope="col" class="number"><svg class="key" aria-hidden="true"><circle class="p99" cx="6" cy="6" r="4"/></svg>P99</th>
<th scope="col" class="number"><svg class="key" aria-hidden="true"><rect class="p999" x="5" y="0" width="3" height="12"/></svg>P99.9</th>
<th scope="col" class="number">Calls</th></tr></thead>
<tbody id="hops"></tbody>
</table>
</section>

<section aria-labelledby="slowest-head">
<h2 id="slowest-head">Slowest calls</h2>
<p class="hint">Of the last five minutes. <span id="slowest-hint"></span></p>
<p class="empty" id="slowest-empty">No calls in the last five minutes.</p>
<ol id="slowest"></ol>
</section>

<section aria-labelledby="nodes-head">
<h2 id="nodes-head">Redis nodes</h2>
<p class="empty" id="nodes-empty">Waiting for the first figures.</p>
${table("nodes", "Redis nodes", ["Node", "Role", "Zone", "State", "Reason", "#Latency", "#Lag", "#In flight", "#Gate opened"])}
<p class="hint" id="nodes-more"></p>
</section>

<div class="pair">
<section aria-labelledby="degraded-head">
<h2 id="degraded-head">Degraded now</h2>
<p class="hint">Rows of the last minute that others stood in for.</p>
<p class="empty" id="degraded-empty">None.</p>
${table("degraded", "Degraded rows", ["Policy", "Reason", "#Rows"])}
</section>

<section aria-labelledby="outcomes-head">
<h2 id="outcomes-head">Outcomes</h2>
<p class="hint">How calls of the last minute ended.</p>
<p class="empty" id="outcomes-empty">No calls.</p>
${table("outcomes", "Outcomes", ["Outcome", "#Calls", "#Share"])}
</section>
</div>

<section aria-labelledby="views-head">
<h2 id="views-head">Cache by view</h2>
<p class="hint">Rows since the start, views that are read most.</p>
<p class="empty" id="views-empty">Waiting for the first figures.</p>
${table("views", "Cache by view", ["View", "#Hit rate", "#Hits", "#Misses"])}
</section>
</main>
</body>`;
