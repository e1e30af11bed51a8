/** The styles of the status page: light and dark, wide and narrow. Hops have their colours here. */

/** Told apart in both schemes and by people who see few colours; [hop, light, dark]. */
const HOP_COLOURS: readonly (readonly [hop: string, light: string, dark: string])[] = [
  ["loop", "#7b8794", "#8d99a6"],
  ["admission", "#0f8b8d", "#35b5b0"],
  ["plan", "#2f6fdb", "#6aa2ff"],
  ["cache", "#2f9e44", "#5fc878"],
  ["wait", "#d99a00", "#f0bd3c"],
  ["redis", "#d6452d", "#ff7a5c"],
  ["assemble", "#8a4fd3", "#b68cff"],
  ["write", "#c2418f", "#ef7fc0"],
  ["other", "#c3c9d1", "#4a5361"],
  ["total", "#1b2330", "#e6ebf2"],
];

const hops = HOP_COLOURS.map(
  ([hop, light, dark]) => `.hop-${hop}{--hop:light-dark(${light},${dark});fill:var(--hop)}`,
).join("\n");

export const PAGE_STYLE = `
:root{color-scheme:light dark;
--ground:light-dark(#f4f5f7,#0e1218);--card:light-dark(#fff,#171d26);--line:light-dark(#e1e5ea,#2a323e);
--text:light-dark(#1b2330,#e6ebf2);--soft:light-dark(#586373,#9aa6b5);--bad:light-dark(#b3261e,#ff8a7a);
--good:light-dark(#1a6b2d,#7fd694);--warn:light-dark(#8a5a00,#f2c14e);--focus:light-dark(#2f6fdb,#6aa2ff);
--late:light-dark(#fbe9e7,#33201f)}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
font-variant-numeric:tabular-nums}
header,main,.banner{max-width:1120px;margin:0 auto;padding:0 20px}
header{display:flex;flex-wrap:wrap;align-items:center;gap:8px 14px;padding-top:22px;padding-bottom:16px}
h1{font-size:20px;letter-spacing:-.01em;margin:0}
h1 span{color:var(--soft);font-weight:400;font-size:15px}
#uptime{color:var(--soft)}
button{margin-left:auto;font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:8px;
padding:6px 14px;cursor:pointer}
button[aria-pressed=true]{background:var(--text);color:var(--card)}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
h2{font-size:16px;margin:0 0 4px}
section,.tile{background:var(--card);border:1px solid var(--line);border-radius:12px}
section{padding:18px 20px;margin-bottom:16px;min-width:0}
.hint,.empty{color:var(--soft);margin:0 0 12px}
.hint:empty{display:none}
.empty{padding:14px;border:1px dashed var(--line);border-radius:8px;margin:6px 0 8px;text-align:center}
.banner{background:var(--late);color:var(--bad);padding:10px 20px;border-radius:8px;margin-bottom:16px;max-width:1080px;font-weight:600}
[data-stale] :is(main,#ready,#uptime){opacity:.55}
.badge{display:inline-block;padding:1px 9px;border-radius:99px;border:1px solid currentColor;font-size:13px;color:var(--soft);
overflow-wrap:anywhere;font-weight:400}
.badge.good{color:var(--good)}.badge.warn{color:var(--warn)}.badge.bad{color:var(--bad)}
.over{color:var(--bad)}

.tiles{display:grid;grid-template-columns:repeat(7,1fr);gap:10px;margin:0 0 16px}
.tile{padding:12px 14px 20px;position:relative;overflow:hidden;min-width:0}
.tile dt{color:var(--soft);font-size:13px}
.tile dd{margin:0}
.figure{display:block;font-size:22px;font-weight:650;letter-spacing:-.02em;line-height:1.25;white-space:nowrap}
.note{display:block;color:var(--soft);font-size:12px;min-height:2.9em}
.past{position:absolute;left:0;right:0;bottom:0;width:100%;height:18px;fill:none;stroke:var(--focus);stroke-width:1.5;opacity:.75}
.past polyline{vector-effect:non-scaling-stroke}

table{border-collapse:collapse;width:100%}
th{font-weight:600;text-align:left}
thead th{color:var(--soft);font-size:13px;font-weight:500;white-space:nowrap}
th,td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
.number{text-align:right}
td.number{white-space:nowrap}
:is(th,td):last-child{padding-right:0}
.scroll{overflow-x:auto}
.scroll :is(th,td){white-space:nowrap}
#views th{white-space:normal;overflow-wrap:anywhere}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:0 16px;align-items:start}

.swatch{width:10px;height:10px;border-radius:3px;background:var(--hop);margin-right:7px}
.mean{margin:0 0 6px}
#mean-bar{display:block;width:100%;height:22px;border-radius:6px;background:var(--line)}
#mean-hops{list-style:none;display:flex;flex-wrap:wrap;gap:4px 14px;margin:8px 0 16px;padding:0;font-size:13px}
#mean-hops b{margin-left:6px;font-weight:600}
.budget .strip{width:52%;padding:0 18px 0 0}
.budget tbody .strip{height:36px}
.strip svg{display:block;width:100%;height:36px;overflow:visible}
.strip #axis{height:16px}
#axis text{fill:var(--soft);font-size:11px;text-anchor:middle}
#axis .first{text-anchor:start}
.is-total>*{font-weight:650;border-bottom-width:2px}
.late{fill:var(--late)}
.grid{stroke:var(--line)}
.slice{stroke:var(--bad);stroke-width:2;stroke-dasharray:4 3}
.range{stroke:var(--hop);stroke-width:3;opacity:.45}
.p50{fill:var(--hop,var(--soft))}
.p99{fill:var(--card);stroke:var(--hop,var(--soft));stroke-width:2.5}
.p999{fill:var(--hop,var(--soft))}
.key{width:13px;height:12px;margin-right:5px;vertical-align:-1px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}

#slowest{list-style:none;margin:0;padding:0}
summary{display:grid;grid-template-columns:12px 70px minmax(80px,1fr) 168px 132px 68px 108px;gap:10px;align-items:center;padding:5px 4px;
cursor:pointer;border-radius:6px}
summary:hover{background:var(--ground)}
summary::before{content:"▸";color:var(--soft);font-size:11px}
[open]>summary::before{content:"▾"}
.short{font-size:12px;color:var(--soft);user-select:auto}
summary .badge{justify-self:start}
.total{font-weight:650;text-align:right}
.bar svg{display:block;width:100%;height:16px;border-radius:3px;background:var(--ground)}
.surface,.age{color:var(--soft);font-size:13px}
.age{text-align:right;white-space:nowrap}
.bar .slice{stroke:var(--text)}
.parts{display:flex;flex-wrap:wrap;gap:4px 0;margin:6px 4px 4px 106px;font-size:13px}
.parts div{display:flex}
.parts dt{color:var(--soft)}
.parts dd{margin:0 18px 0 6px;font-weight:600}
.trace{margin:0 4px 10px 106px;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
code{user-select:all;font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace}
${hops}

@media (max-width:1000px){.tiles{grid-template-columns:repeat(4,1fr)}}
@media (max-width:720px){
header,main{padding-left:12px;padding-right:12px}
#uptime{order:1;width:100%}
section{padding:14px}
.tiles{grid-template-columns:1fr 1fr;gap:8px}
.tile:last-child{grid-column:1/-1}
.tile{padding-bottom:10px}
.tile:has(.past){padding-bottom:22px}
.note{min-height:0}
summary .badge{font-size:10px;padding:1px 6px}
.pair{grid-template-columns:1fr}
.budget,.budget :is(thead,tbody){display:block}
.budget tr{display:grid;grid-template-columns:1.5fr 1fr 1fr 1fr;border-bottom:1px solid var(--line);padding:4px 0}
.budget :is(th,td){border:0;padding:2px 0}
.budget :is(th,td):last-child{display:none}
.budget .strip{grid-row:2;grid-column:1/-1;width:auto;padding:0}
.budget tbody .strip,.strip svg{height:26px}
summary{grid-template-columns:12px auto 1fr auto;gap:2px 10px;padding:8px 0}
summary .bar{grid-row:2;grid-column:1/-1}
.surface{justify-self:end}
.age,.short{display:none}
.parts,.trace{margin-left:0}
}
@media (prefers-reduced-motion:no-preference){main{transition:opacity .3s}}
`;
