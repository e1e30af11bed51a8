/** bench/results/cache.md from the results of bench/cache.ts. Pure. */
import type { CacheResults, HitCost, RateCell } from "../run/cache-results.ts";

/** A full hit over the call that goes to Redis, and over the echo of the same bytes. */
const MOST_OF_UNCACHED = 0.9;
const MOST_OF_ECHO = 3;
/** The bars are for this many features; the others are reported. */
const BAR_FEATURES = 50;

export function cachePage({ machine, rounds, latencyRounds, bytesPerKey, costs, rates }: CacheResults): string {
  return `# The cache: what a hit costs, and latencies by hit rate

Made by \`node bench/cache.ts\`; not edited. ${machine.date}, commit ${machine.commit}, Node ${machine.node}, Redis ${machine.redis},
${machine.cores} × ${machine.cpu}; medians of ${rounds} rounds (latencies: ${latencyRounds}) in which the servers take turns. A key with 50 features of 5 views takes
${Math.round(bytesPerKey)} bytes of the cache.

## CPU of the server per call, one row, all of it hits

| features | hit | uncached | echo of the bytes | hit / uncached | hit / echo | full hits |
|---|---|---|---|---|---|---|
${costs.map(costLine).join("\n")}

${verdict(costs)}

## Latency by hit rate, 50 features

P50 and P99 from the intended send time; hit ratios of requests (all rows of it hit) and of rows, as /metrics counts them. Redis shares
${machine.cores > 2 ? "no core with the server" : "a core with the load client"}.

| keys | load | cache | hits, requests | hits, rows | P50 ms | P99 ms | CPU µs | Redis' CPU µs |
|---|---|---|---|---|---|---|---|---|
${rates.map(rateLine).join("\n")}
`;
}

function costLine({ features, hitMicros, uncachedMicros, echoMicros, toUncached, toEcho, hitRatio }: HitCost): string {
  const micros = [hitMicros, uncachedMicros, echoMicros].map((value) => `${value.toFixed(1)} µs`);
  return `| ${[features, ...micros, toUncached.toFixed(2), toEcho.toFixed(2), percent(hitRatio)].join(" | ")} |`;
}

function verdict(costs: readonly HitCost[]): string {
  const cost = costs.find(({ features }) => features === BAR_FEATURES);
  if (cost === undefined) return "The cell with a bar was not measured.";
  const { toUncached, toEcho } = cost;
  const words = (isReached: boolean): string => (isReached ? "reached" : "**not reached**");
  return (
    `Bars for ${BAR_FEATURES} features: at most ${MOST_OF_UNCACHED} × the uncached call: ${words(toUncached <= MOST_OF_UNCACHED)} ` +
    `(${toUncached.toFixed(2)}); at most ${MOST_OF_ECHO} × the echo: ${words(toEcho <= MOST_OF_ECHO)} (${toEcho.toFixed(2)}).`
  );
}

function rateLine(cell: RateCell): string {
  const { keys, rows, ratePerSecond, aim, perRequest, perRow, p50Ms, p99Ms, serverMicros, redisMicros } = cell;
  return `| ${[
    keys,
    `${rows} ${rows === 1 ? "row" : "rows"}, ${ratePerSecond}/s`,
    aim === undefined ? "none" : `sized for ${percent(aim)}`,
    perRequest === undefined ? "–" : percent(perRequest),
    perRow === undefined ? "–" : percent(perRow),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    serverMicros.toFixed(0),
    redisMicros.toFixed(0),
  ].join(" | ")} |`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
