/** The figures of docs/capacity.md, between its markers: unit costs, and what they come to for so many sidecars. */
import { type Capacity, CORE_SHARE, capacityOf, mostSidecars, type Overlap } from "./capacity-model.ts";
import { rowsOf } from "./plan.ts";
import { bytes, count, figure, table } from "./print-figures.ts";
import type { FleetResults } from "./results.ts";
import { medianPushMicros, unitCosts } from "./unit-costs.ts";

const BEGIN = "<!-- fleet: begin; written by bench/fleet.ts -->";
const END = "<!-- fleet: end -->";
const SIDECARS = [100, 1000, 10_000];
const HIT_RATES = [0, 0.9, 0.99];
/** Rows that each sidecar is asked for per second, in the table of hit rates. */
const ROWS_ASKED = 100;

/** @returns the page with new figures @throws Error when its markers are not there */
export function putCapacityFigures(page: string, results: FleetResults): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error("docs/capacity.md has lost its markers");
  return `${page.slice(0, from + BEGIN.length)}\n\n${renderFigures(results)}\n\n${page.slice(to)}`;
}

function renderFigures(results: FleetResults): string {
  const { machine, plan } = results;
  return `Measured ${machine.date.slice(0, 10)}, commit ${machine.commit}, Redis ${machine.redis}, ${machine.cores} × ${machine.cpu}, loopback, ${plan.sidecars} sidecars.

### What one of each costs

${unitTable(results)}

### For 100, 1,000 and 10,000 sidecars

Each keeps ${count(plan.keysPerSidecar)} rows and reads each once in ${plan.ttlSeconds} s, while ${count(rowsOf(plan))} rows are written at ${count(plan.rowsPerSecond)} a second, with all rows that
are held among them as far as they fit. "Same": all sidecars hold the same rows; "different": no two hold the same one. Only ${plan.sidecars} were
measured: the other columns are unit costs × number, pushes and items at what they cost with more connections.

${capacityTable(results)}

A "core" is one second of CPU per second. Redis runs commands and pushes in one thread, so 1 is all there is. At ${CORE_SHARE * 100} % of it, by these
costs, one replica carries about ${roundDown(mostSidecars(results, "same", false))} sidecars while nothing is written, ${roundDown(mostSidecars(results, "different", true))} during such a materialization when
they hold different rows, and ${roundDown(mostSidecars(results, "same", true))} when they hold the same ones.

### Reads that reach a replica

Cores, when each sidecar is asked for ${ROWS_ASKED} rows a second, one per request, at what a read costs alone. A busy replica answers several in a turn
and spends less on each, down to the ${figure(unitCosts(results).fillMicros.on)} µs of a read among many.

${hitTable(results)}`;
}

function unitTable(results: FleetResults): string {
  const { plan } = results;
  const costs = unitCosts(results);
  const many = results.rounds[0]?.many[0]?.clients ?? 0;
  const push = (holders: number): string =>
    `${figure(medianPushMicros(results, "full", holders))} at full speed, ${figure(medianPushMicros(results, "paced", holders))} at ${count(plan.rowsPerSecond)} rows/s`;
  const [fewest, most] = [Math.min(...plan.holders), Math.max(...plan.holders)];
  return table(
    ["", "figure"],
    [
      [
        "connections per sidecar to each node",
        `${figure(costs.connections.on)} (tracking off: ${figure(costs.connections.off)}, until the first large read)`,
      ],
      ["memory of a connection", bytes(costs.connectionBytes)],
      ["memory of a tracked key", bytes(costs.keyBytes)],
      [
        "memory of each sidecar that holds it",
        `${bytes(costs.itemBytes)} (${count(many)} clients: ${bytes(costs.itemBytesOfMany)})`,
      ],
      [
        "CPU of a replica for an idle sidecar",
        `${figure(costs.idle.on.replicaMicrosPerSecond)} µs/s (tracking off: ${figure(costs.idle.off.replicaMicrosPerSecond)})`,
      ],
      [
        "CPU of the primary for an idle sidecar",
        `${figure(costs.idle.on.primaryMicrosPerSecond)} µs/s (tracking off: ${figure(costs.idle.off.primaryMicrosPerSecond)})`,
      ],
      ["sent by each node to an idle sidecar", `${bytes(costs.idle.on.bytesPerSecond)}/s`],
      ["CPU for a read, alone", `${figure(costs.readMicros.on)} µs (tracking off: ${figure(costs.readMicros.off)})`],
      [
        "CPU for a read among many",
        `${figure(costs.fillMicros.on)} µs (tracking off: ${figure(costs.fillMicros.off)})`,
      ],
      [
        "CPU of a replica for a row written, tracking off",
        `${figure(costs.rowMicros.full)} µs at full speed, ${figure(costs.rowMicros.paced)} at ${count(plan.rowsPerSecond)} rows/s`,
      ],
      [`CPU for a push, key held by ${fewest}`, `${push(fewest)}, in µs`],
      [`CPU for a push, key held by ${most}`, `${push(most)}, in µs`],
      [`CPU for a push, key held by ${count(many)}`, `${figure(costs.pushMicrosOfMany)} at full speed, in µs`],
      ["bytes of a push", `${figure(costs.pushBytes)}, key of 39 bytes included`],
    ],
  );
}

function capacityTable(results: FleetResults): string {
  const { plan } = results;
  const all = SIDECARS.map((sidecars) => capacityOf(results, sidecars));
  const line = (name: string, print: (capacity: Capacity) => string): string[] => [name, ...all.map(print)];
  const both = (name: string, print: (load: Capacity[Overlap]) => string): string[][] =>
    (["same", "different"] as const).map((kind) => line(`${name}, ${kind}`, (capacity) => print(capacity[kind])));
  return table(
    ["one replica", ...SIDECARS.map((sidecars) => `${count(sidecars)} sidecars`)],
    [
      line(
        "connections to each node",
        ({ connections }) => `${count(connections)}${connections > 9_900 ? " (> `maxclients` 10,000)" : ""}`,
      ),
      line("memory of these", ({ connectionBytes }) => bytes(connectionBytes)),
      line("idle: pings and samples, cores", ({ idleCores }) => figure(idleCores)),
      line("the same on the primary, cores", ({ idleCoresOfPrimary }) => figure(idleCoresOfPrimary)),
      line("idle: sent by each node", ({ idleBytesPerSecond }) => `${bytes(idleBytesPerSecond)}/s`),
      line("reads of rows past their ttl, per s", ({ readsPerSecond }) => count(readsPerSecond)),
      line("CPU for them, cores", ({ readCores }) => figure(readCores)),
      ...both("tracked keys", ({ keys }) => `${count(keys)}${keys > 1e6 ? " (> default limit)" : ""}`),
      ...both("memory of the table", ({ tableBytes }) => bytes(tableBytes)),
      line("rows written, tracking off, cores", ({ rowCores }) => figure(rowCores)),
      ...both("pushes per s", ({ pushesPerSecond }) => count(pushesPerSecond)),
      ...both("CPU for pushes, cores", ({ pushCores }) => figure(pushCores)),
      ...both("sent as pushes", ({ pushBytesPerSecond }) => `${bytes(pushBytesPerSecond)}/s`),
      ...both("all together, cores", ({ cores }) => verdict(cores)),
      ...both(
        `replica behind after these ${plan.seconds} s`,
        ({ cores }) => `${figure(Math.max(0, cores - 1) * plan.seconds)} s`,
      ),
      ...both("CPU when every row told is read again, s", ({ rereadSeconds }) => figure(rereadSeconds)),
    ],
  );
}

function verdict(cores: number): string {
  if (cores <= CORE_SHARE) return figure(cores);
  return cores <= 1 ? `${figure(cores)}: tight` : `**${figure(cores)}: does not fit**`;
}

function hitTable(results: FleetResults): string {
  const { readMicros } = unitCosts(results);
  return table(
    ["hit rate", ...SIDECARS.map((sidecars) => `${count(sidecars)} sidecars`)],
    HIT_RATES.map((rate) => [
      `${rate * 100} %`,
      ...SIDECARS.map((sidecars) => verdict((sidecars * ROWS_ASKED * (1 - rate) * readMicros.on) / 1e6)),
    ]),
  );
}

/** Two digits: more would claim what nobody knows. */
function roundDown(value: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return count(Math.floor(value / unit) * unit);
}
