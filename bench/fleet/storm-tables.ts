/** The fleet's page: what a materialization costs, and what the table of tracked keys takes. */
import { median } from "../run/median.ts";
import { rowsOf } from "./plan.ts";
import { bytes, count, figure, spread, table } from "./print-figures.ts";
import type { FleetResults, FleetRound } from "./results.ts";
import type { Speed, StormRun } from "./storm-run.ts";
import { pushMicros, stormOff, stormsOn, tableBytes } from "./unit-costs.ts";

type Runs = readonly (readonly [FleetRound, StormRun])[];

/** Off first, then on by holders. */
function columns(results: FleetResults, speed: Speed): { readonly title: string; readonly runs: Runs }[] {
  const off = results.rounds.map((round): [FleetRound, StormRun] => [round, stormOff(round, speed)]);
  const on = results.plan.holders.map((holders) => ({
    title: `on, each key held by ${holders}`,
    runs: stormsOn(results, speed, holders),
  }));
  return [{ title: "off", runs: off }, ...on];
}

export function stormTable(results: FleetResults, speed: Speed): string {
  const { plan } = results;
  const all = columns(results, speed);
  const per100k = 1e5 / rowsOf(plan) / 1e6;
  const line = (name: string, value: (run: StormRun, round: FleetRound) => number): string[] => [
    name,
    ...all.map(({ runs }) => spread(runs.map(([round, run]) => value(run, round)))),
  ];
  const onOnly = (name: string, value: (run: StormRun, round: FleetRound) => number): string[] => {
    const [first = "", , ...rest] = line(name, value);
    return [first, "", ...rest];
  };
  return table(
    ["median (least–most) of the rounds", ...all.map(({ title }) => title)],
    [
      line("CPU of the replica, s per 100,000 rows", ({ storm }) => storm.replicaCpuMicros * per100k),
      onOnly("the same to off in its round", (run, round) => {
        return run.storm.replicaCpuMicros / stormOff(round, run.speed).storm.replicaCpuMicros;
      }),
      line("CPU of the primary, s per 100,000 rows", ({ storm }) => storm.primaryCpuMicros * per100k),
      onOnly("the same to off in its round", (run, round) => {
        return run.storm.primaryCpuMicros / stormOff(round, run.speed).storm.primaryCpuMicros;
      }),
      onOnly("pushes", ({ storm }) => storm.pushes),
      onOnly("pushes to each sidecar", ({ storm }) => storm.pushes / plan.sidecars),
      onOnly("CPU of the replica for a push, µs", (run, round) => pushMicros(round, run)),
      line("write acknowledged after, s", ({ writeMs }) => writeMs / 1000),
      line("replica level, all pushes there after, s", ({ storm }) => storm.seconds),
      line("control read on the replica, P50, ms", ({ control }) => control.p50Ms),
      line("control read on the replica, P99, ms", ({ control }) => control.p99Ms ?? Number.POSITIVE_INFINITY),
      line("largest `omem` of a connection, bytes", ({ mostOmemBytes }) => mostOmemBytes),
      line("largest `omem` of all together, bytes", ({ mostOmemBytesOfAll }) => mostOmemBytesOfAll),
      line("reads of the sidecars meanwhile, per s", ({ storm }) => storm.reads / storm.seconds),
      line("CPU of the process with the sidecars, s", ({ storm }) => storm.sidecarsCpuMicros / 1e6),
    ],
  );
}

/** Before the writes, all rows read. */
export function memoryTable(results: FleetResults): string {
  const all = columns(results, "full");
  const line = (name: string, print: (value: number) => string, value: (run: StormRun) => number): string[] => [
    name,
    ...all.map(({ runs }) => print(median(runs.map(([, run]) => value(run))))),
  ];
  return table(
    ["median of the rounds", ...all.map(({ title }) => title)],
    [
      line("`connected_clients`, the bench's own 3 included", count, ({ memory }) => memory.filled.connections),
      line("`tracking_clients`", count, ({ memory }) => memory.filled.trackingClients),
      line("`tracking_total_keys`", count, ({ memory }) => memory.filled.trackedKeys),
      line("`tracking_total_items` (key × client)", count, ({ memory }) => memory.filled.trackedItems),
      line("`used_memory` without a fleet", bytes, ({ memory }) => memory.alone.usedBytes),
      line("with its connections", bytes, ({ memory }) => memory.connected.usedBytes),
      line("with all rows read", bytes, ({ memory }) => memory.filled.usedBytes),
      line("of it `mem_clients_normal`", bytes, ({ memory }) => memory.filled.clientBytes),
      line("for each connection", bytes, ({ memory }) => memory.filled.clientBytes / memory.filled.connections),
      line("table of tracked keys", bytes, ({ memory }) => tableBytes(memory)),
      line("for each key", bytes, ({ memory }) => tableBytes(memory) / memory.filled.trackedKeys),
      line("for each item", bytes, ({ memory }) => tableBytes(memory) / memory.filled.trackedItems),
      line("CPU of the replica for a read while working sets fill, µs", figure, ({ fill }) => {
        return fill.replicaCpuMicros / fill.reads;
      }),
      line("keys still tracked after the write", count, ({ keysTrackedAfter }) => keysTrackedAfter),
    ],
  );
}
