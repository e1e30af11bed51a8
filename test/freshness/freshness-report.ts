/** The figures as text for people, and as a page; nothing on it is written by hand. */
import type { Machine } from "../../bench/run/machine.ts";
import { LEAVE_MS } from "./episodes/fault-world.ts";
import type { PlantResult } from "./find-plants.ts";
import { type FreshnessScenario, P99_BAR_MS, percent, verdictOf } from "./freshness-scenario.ts";
import type { Ages, EpisodeTally, FreshnessTally } from "./freshness-tally.ts";

export interface FreshnessResult {
  readonly scenario: FreshnessScenario;
  readonly tally: FreshnessTally;
  /** Why a round could not be run, "" = all ran. */
  readonly problem: string;
}

export interface FreshnessResults {
  readonly machine: Machine;
  readonly seed: number;
  readonly seconds: number;
  readonly results: readonly FreshnessResult[];
  readonly plants: readonly PlantResult[];
}

/** Nothing was wrong, and no figure was above its bar. */
export function holds({ scenario, tally, problem }: FreshnessResult): boolean {
  if (problem !== "" || tally.rounds === 0) return false;
  const { broken, slow } = verdictOf(scenario, tally);
  return broken.length + slow.length === 0;
}

/** One scenario as lines of text. */
export function renderText(result: FreshnessResult): string {
  const { scenario, tally, problem } = result;
  const lines = [`${scenario.name}: ${holds(result) ? "holds" : "DOES NOT HOLD"} (${scenario.title})`];
  if (problem !== "") lines.push(`! could not be run: ${problem}`);
  if (tally.rounds === 0) return lines.join("\n");
  const { broken, slow } = verdictOf(scenario, tally);
  lines.push(...[...broken, ...slow].map((words) => `! ${words}`), `  ${totals(tally)}`, `  ${cacheWords(tally)}`);
  for (const [name, episode] of tally.episodes) lines.push(`  ${name}: ${episodeWords(episode)}`);
  lines.push(...tally.findings.map((words) => `    ${words}`));
  return lines.join("\n");
}

export function renderPlant({ plant, wrongRows, foundMs, examples }: PlantResult): string {
  const found =
    wrongRows === 0 ? "nothing found" : `${wrongRows} wrong rows, the first after ${Math.round(foundMs)} ms`;
  return `${plant === "none" ? "the sidecar as it is" : plant}: ${found}${examples[0] === undefined ? "" : ` (${examples[0]})`}`;
}

/** bench/results/freshness.md. */
export function renderPage({ machine, seed, seconds, results, plants }: FreshnessResults): string {
  return `# How fresh the answers of the cache are

Made by \`node test/freshness/run-freshness.ts\`; not edited. ${machine.date}, commit ${machine.commit}, Node ${machine.node}, Redis
${machine.redis}, ${machine.cores} × ${machine.cpu}; seed ${seed}, ${seconds} s in all. Real processes on loopback. Every change of every row
is noted on every node with the time at which that node made it (MONITOR; a replica tells the commands of its primary, too), and every row
that was read is held against these notes; a read counts from when its bytes have left. **Old** is a row that no node had any more by then: for
so long no node had had it. Reads within 100 ms of a change of their row count, and those that were old; changes count that somebody looked at
within 20 ms. **Behind** is the age as seen from the node that is written to. An expired row counts as changed when Redis deletes it. Bars: no
row mixed, null or unwritten, none older than its bound (longer by what the machine held calls up meanwhile), P99 at most ${P99_BAR_MS} ms where
changes are told. While a node is away or fills anew, a bound of ${LEAVE_MS} ms holds; a node that is cut off or promoted beside its primary
counts as one to be read for so long, and no longer.
${results.map(renderSection).join("")}${plants.length === 0 ? "" : renderPlants(plants)}`;
}

function renderPlants(plants: readonly PlantResult[]): string {
  return `
## Planted bugs

Sidecars with a bug, before the same Redis and asked the same as one without: the checker finds them out.

${plants.map((plant) => `- ${renderPlant(plant)}`).join("\n")}
`;
}

function renderSection(result: FreshnessResult): string {
  const { scenario, tally, problem } = result;
  const head = `\n## ${scenario.name}: ${holds(result) ? "holds" : "**does not hold**"}\n\n${scenario.title}.`;
  if (tally.rounds === 0) return `${head}\nCould not be run: ${problem.split("\n")[0]}\n`;
  const { broken, slow } = verdictOf(scenario, tally);
  const words = [...(problem === "" ? [] : [problem.split("\n")[0] ?? ""]), ...broken, ...slow];
  const rows = [...tally.episodes].map(
    ([name, each]) =>
      `| ${name} | ${each.rows} | ${each.reads.count} | ${percentiles(each.reads).join(" | ")} | ${each.changes.count} | ${percentiles(
        each.changes,
      ).join(" | ")} | ${print(each.mostBehindWriteMs)} | ${each.excused} |`,
  );
  const bounds = scenario.bounds.map(({ rowMs, absentMs }) => `${rowMs} (absent ${absentMs})`);
  return `${head} Bounds of the views, ms: ${bounds.join(", ")}.
${totals(tally)}.
${cacheWords(tally)}.
${words.map((each) => `- **${each}**\n`).join("")}
| while | rows read | soon after a change | P50, ms old | P99 | most | changes | P50, ms | P99 | most | most behind, ms | under a fault's own bound |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${rows.join("\n")}
`;
}

function totals({ rounds, calls, writes, commands, problems, clockErrorMs }: FreshnessTally): string {
  const kinds = [...commands].map(([name, count]) => `${name} ${count}`).join(", ");
  const wrong = Object.entries(problems).map(([name, count]) => `${name} ${count}`);
  return `${rounds} rounds, ${calls} calls, ${writes} changes of rows (${kinds}); ${wrong.join(", ")}; clocks within ${print(clockErrorMs)} ms`;
}

function cacheWords(tally: FreshnessTally): string {
  const counts = Object.entries(tally.cache).map(([name, count]) => `${name} ${count}`);
  return `${percent(tally.hitShare)} of the rows were hits: ${counts.join(", ")}`;
}

function episodeWords({ rows, reads, changes, mostBehindWriteMs, excused, mostExcusedMs }: EpisodeTally): string {
  const part = (name: string, ages: Ages): string => {
    const [p50, p99, most] = percentiles(ages);
    return `${ages.count} ${name}: P50 ${p50}, P99 ${p99}, most ${most} ms old`;
  };
  const behind = `most behind the write ${print(mostBehindWriteMs)} ms`;
  const other = excused === 0 ? "" : `; ${excused} under a fault's own bound, most ${print(mostExcusedMs)} ms`;
  return `${rows} rows, ${part("soon after a change", reads)}; ${part("changes", changes)}; ${behind}${other}`;
}

function percentiles(ages: Ages): readonly string[] {
  return [0.5, 0.99, 1].map((share) => print(ages.percentileMs(share)));
}

function print(ms: number): string {
  return Number.isNaN(ms) ? "–" : String(ms >= 100 ? Math.round(ms) : Math.round(ms * 100) / 100);
}
