/** The fleet's page: sidecars at rest, more connections, a client that does not read, a table that is too small. */
import { median } from "../run/median.ts";
import { bytes, count, figure, spread, table } from "./print-figures.ts";
import type { QuietRun } from "./quiet-run.ts";
import type { FleetResults } from "./results.ts";
import { quietOf, readMicros, tableBytes } from "./unit-costs.ts";

export function quietTable({ rounds }: FleetResults): string {
  const columns: readonly (readonly [string, readonly QuietRun[]])[] = [
    ["off", rounds.map((round) => quietOf(round, false))],
    ["on", rounds.map((round) => quietOf(round, true))],
  ];
  const line = (name: string, value: (run: QuietRun) => number): string[] => [
    name,
    ...columns.map(([, runs]) => spread(runs.map(value))),
  ];
  const each = (name: string, value: (run: QuietRun) => number): string[] =>
    line(name, (run) => value(run) / run.idle.seconds / run.sidecars);
  return table(
    ["median (least–most) of the rounds", ...columns.map(([title]) => title)],
    [
      each("CPU of the replica, µs per second and sidecar", ({ idle }) => idle.replicaCpuMicros),
      each("CPU of the primary, µs per second and sidecar", ({ idle }) => idle.primaryCpuMicros),
      each("sent by the replica, bytes per second and sidecar", ({ idle }) => idle.replicaOutBytes),
      each("INFO to the replica, per second and sidecar", ({ info }) => info.calls),
      line("time of an INFO inside Redis, µs", ({ info }) => info.micros / info.calls),
      each("PING to the replica, per second and sidecar", ({ ping }) => ping.calls),
      line("CPU of the replica for a single read, µs", readMicros),
      line("single reads, per second", ({ reading }) => reading.reads / reading.seconds),
    ],
  );
}

export function manyTable({ rounds }: FleetResults): string {
  const runs = rounds.map(({ many }) => ({ off: many[0]!, on: many[1]! }));
  const first = runs[0]!.on;
  return table(
    [
      "median (least–most) of the rounds",
      `${count(first.clients)} bare connections, ${count(first.keys)} keys held by all`,
    ],
    [
      ["`tracking_total_items`", spread(runs.map(({ on }) => on.filled.trackedItems))],
      [
        "table of tracked keys, bytes for each item",
        spread(runs.map(({ on }) => tableBytes(on) / on.filled.trackedItems)),
      ],
      ["CPU of the replica, s, off", spread(runs.map(({ off }) => off.storm.replicaCpuMicros / 1e6))],
      ["CPU of the replica, s, on", spread(runs.map(({ on }) => on.storm.replicaCpuMicros / 1e6))],
      ["pushes", spread(runs.map(({ on }) => on.pushes))],
      [
        "CPU of the replica for a push, µs",
        spread(runs.map(({ on, off }) => (on.storm.replicaCpuMicros - off.storm.replicaCpuMicros) / on.pushes)),
      ],
    ],
  );
}

export function slowTable({ slow }: FleetResults): string {
  return table(
    [
      "keys held and written",
      "`client-output-buffer-limit normal`",
      "largest `omem`",
      "thrown out",
      "pushes it got",
      "bytes for each",
    ],
    slow.map((run) => [
      count(run.keysHeld),
      run.limitBytes === 0 ? "0 (none)" : bytes(run.limitBytes),
      bytes(run.mostOmemBytes),
      // JSON leaves out what is undefined.
      run.thrownOutAfterMs === undefined ? "no" : `after ${count(run.thrownOutAfterMs)} ms`,
      count(run.pushes),
      figure(run.pushBytes / run.pushes),
    ]),
  );
}

export function fullTable({ fullTable: run, rounds }: FleetResults): string {
  const quiet = rounds.map((round) => quietOf(round, true));
  const fills = rounds.flatMap(({ storms }) => storms.filter((storm) => storm.isTracking && storm.holders === 1));
  const idleMicrosPerSecond = median(quiet.map(({ idle }) => idle.replicaCpuMicros / idle.seconds));
  const single = (run.reading.replicaCpuMicros - idleMicrosPerSecond * run.reading.seconds) / run.reading.reads;
  return table(
    ["", "with room for all", `limit ${count(run.maxKeys)}`],
    [
      ["keys held by the sidecars", count(run.keysHeld), count(run.keysHeld)],
      ["`tracking_total_keys` after all were read", count(run.keysHeld), count(run.trackedKeys)],
      [
        "pushes while they were read; nothing is written",
        spread(fills.map(({ fill }) => fill.pushes)),
        count(run.fill.pushes),
      ],
      [
        "CPU of the replica for a read while working sets fill, µs",
        spread(fills.map(({ fill }) => fill.replicaCpuMicros / fill.reads)),
        figure(run.fill.replicaCpuMicros / run.fill.reads),
      ],
      [
        "pushes for each single read after that",
        spread(quiet.map(({ reading }) => reading.pushes / reading.reads)),
        figure(run.reading.pushes / run.reading.reads),
      ],
      ["CPU of the replica for a single read, µs", spread(quiet.map(readMicros)), figure(single)],
    ],
  );
}
