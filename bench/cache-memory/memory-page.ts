/** The figures as text: a line for each point while it runs, and the page of a whole run. */
import type { Machine } from "../run/machine.ts";
import { judge, type MemoryPoint, type MemoryRun, mib, usedBytes } from "./memory-run.ts";
import { WORKLOADS } from "./workload.ts";

/** `mixed, 32.0 MiB, after 10 % of the keys: 31.2 MiB of at most 44.8, holds (…)` */
export function pointLine(run: MemoryRun, point: MemoryPoint): string {
  const { grownBytes, barBytes, failures } = judge(run, point);
  const { workload, maxBytes } = run.order;
  return (
    `${workload}, ${mib(maxBytes)} MiB, after ${percent(point.share)} of the keys: ` +
    `${mib(grownBytes)} MiB of at most ${mib(barBytes)}, ${failures.length === 0 ? "holds" : `FAILED: ${failures.join("; ")}`} ` +
    `(counted ${mib(point.countedBytes)}; in all ${mib(usedBytes(point.memory))}; RSS ${mib(point.memory.rssBytes)}; ` +
    `${point.rows} rows of ${point.keys} keys)`
  );
}

export function renderPage(runs: readonly MemoryRun[], { date, commit, node, cpu, cores }: Machine): string {
  const [order] = runs.map((run) => run.order);
  const points = runs.flatMap((run) => run.points.map((point) => tableRow(run, point)));
  return `# Memory of the cache

Made by \`node bench/cache-memory.ts\`; not edited. ${date}, commit ${commit}, Node ${node}, ${cores} × ${cpu}.

Must hold: heap and external memory that came with the cache, after two forced collections, ≤ 1.15 × \`max_bytes\` + 8 MiB. From half of the
keys on the cache must also be full.

Each run is a process of its own, without Redis: the cache of \`src/cache\` before a store that makes its rows up.
${order?.keys.toLocaleString("en")} different keys are asked for one after the other, 48 a call, and with them up to 16 that were asked for before, number n
with a probability of about 1 / n. A row in twenty does not exist. A key in 32 is changed while it is read or right after. Twenty times in a run 15,000
keys are signalled, and a view's rows, the connection or all rows are lost. The cache's clock runs 1 ms for 10 keys; the ttl is 300 s.

${Object.entries(WORKLOADS)
  .map(([name, { about }]) => `- \`${name}\`: ${about}.`)
  .join("\n")}

| workload | \`max_bytes\` | keys asked | heap + external | at most | verdict | counted by the cache | rows | keys | in all | RSS |
|---|---:|---:|---:|---:|---|---:|---:|---:|---:|---:|
${points.join("\n")}

Sizes in MiB. "Heap + external" is \`heapUsed\` + \`external\` of \`process.memoryUsage()\` (\`external\` holds \`arrayBuffers\`; that is checked) over the
lower of two readings: before the cache was made, modules loaded and the store's bytes there, and after it was let go. "In all" is that
without anything subtracted. RSS is reported and has no bar: it also holds what is garbage between collections, and what malloc keeps.

| workload | \`max_bytes\` | before | after | rows kept | rows evicted | seconds |
|---|---:|---:|---:|---:|---:|---:|
${runs.map(runRow).join("\n")}
`;
}

function tableRow(run: MemoryRun, point: MemoryPoint): string {
  const { grownBytes, barBytes, failures } = judge(run, point);
  return cells(
    ...[run.order.workload, mib(run.order.maxBytes), percent(point.share), mib(grownBytes), mib(barBytes)],
    failures.length === 0 ? "holds" : `**${failures.join("; ")}**`,
    ...[
      mib(point.countedBytes),
      count(point.rows),
      count(point.keys),
      mib(usedBytes(point.memory)),
      mib(point.memory.rssBytes),
    ],
  );
}

function runRow({ order, before, after, filled, evicted, seconds }: MemoryRun): string {
  const sizes = [order.maxBytes, usedBytes(before), usedBytes(after)].map(mib);
  return cells(order.workload, ...sizes, count(filled), count(evicted), seconds.toFixed(0));
}

function cells(...texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`;
}

function count(things: number): string {
  return things.toLocaleString("en");
}

function percent(share: number): string {
  return `${share * 100} %`;
}
