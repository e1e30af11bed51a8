/** What one connection, key, read, row and push cost, from the runs of a result. Pure. */
import { median } from "../run/median.ts";
import { rowsOf } from "./plan.ts";
import type { QuietRun } from "./quiet-run.ts";
import type { FleetResults, FleetRound } from "./results.ts";
import type { Spent } from "./sample.ts";
import type { Speed, StormRun } from "./storm-run.ts";

/** Off and on: client tracking. */
export interface OffOn {
  readonly off: number;
  readonly on: number;
}

/** Of a sidecar that reads nothing. */
interface IdleCost {
  readonly replicaMicrosPerSecond: number;
  readonly primaryMicrosPerSecond: number;
  /** Sent by the replica. */
  readonly bytesPerSecond: number;
}

export interface UnitCosts {
  readonly connections: OffOn;
  readonly connectionBytes: number;
  /** Of the table of tracked keys: a key, and each client that holds it. */
  readonly keyBytes: number;
  readonly itemBytes: number;
  /** The same from ten times as many clients, which hold a tenth of the keys each. */
  readonly itemBytesOfMany: number;
  readonly idle: { readonly off: IdleCost; readonly on: IdleCost };
  /** A row read while nothing else is asked; for the first time, so that it is a new entry of the table. */
  readonly readMicros: OffOn;
  /** A row among many on the same connection. */
  readonly fillMicros: OffOn;
  readonly rowMicros: Readonly<Record<Speed, number>>;
  readonly pushMicrosOfMany: number;
  readonly pushBytes: number;
}

export function quietOf(round: FleetRound, isTracking: boolean): QuietRun {
  return round.quiet.find((run) => run.isTracking === isTracking) as QuietRun;
}

/** CPU time of the replica for one single read, less what the fleet costs anyway. */
export function readMicros({ idle, reading }: QuietRun): number {
  return (reading.replicaCpuMicros - (idle.replicaCpuMicros / idle.seconds) * reading.seconds) / reading.reads;
}

/** CPU time of the replica for the writes of a run and what follows from them: less the fleet's idle cost and its reads. */
export function netStormMicros(round: FleetRound, { isTracking, storm }: StormRun): number {
  const quiet = quietOf(round, isTracking);
  const idleMicros = (quiet.idle.replicaCpuMicros / quiet.idle.seconds) * storm.seconds;
  return storm.replicaCpuMicros - idleMicros - storm.reads * readMicros(quiet);
}

/** CPU time of the replica for each push: the run with tracking less the one without of the same round. */
export function pushMicros(round: FleetRound, run: StormRun): number {
  return (netStormMicros(round, run) - netStormMicros(round, stormOff(round, run.speed))) / run.storm.pushes;
}

export function stormOff(round: FleetRound, speed: Speed): StormRun {
  return round.storms.find((run) => !run.isTracking && run.speed === speed) as StormRun;
}

export function stormsOn({ rounds }: FleetResults, speed: Speed, holders: number): [FleetRound, StormRun][] {
  return rounds.flatMap((round) =>
    round.storms
      .filter((run) => run.isTracking && run.speed === speed && run.holders === holders)
      .map((run): [FleetRound, StormRun] => [round, run]),
  );
}

export function medianPushMicros(results: FleetResults, speed: Speed, holders: number): number {
  return median(stormsOn(results, speed, holders).map(([round, run]) => pushMicros(round, run)));
}

/** Of the table of tracked keys: what the rows that were read added to the replica's memory, less what its connections' buffers did. */
export function tableBytes({ connected, filled }: Pick<StormRun["memory"], "connected" | "filled">): number {
  return filled.usedBytes - connected.usedBytes - (filled.clientBytes - connected.clientBytes);
}

/** @param holders of each key */
export function bytesPerKey(results: FleetResults, holders: number): number {
  return median(
    stormsOn(results, "full", holders).map(([, run]) => tableBytes(run.memory) / run.memory.filled.trackedKeys),
  );
}

export function unitCosts(results: FleetResults): UnitCosts {
  const { plan, rounds, slow } = results;
  const of = (value: (round: FleetRound) => number): number => median(rounds.map(value));
  const offOn = (value: (round: FleetRound, isTracking: boolean) => number): OffOn => ({
    off: of((round) => value(round, false)),
    on: of((round) => value(round, true)),
  });
  const idle = (isTracking: boolean): IdleCost => {
    const each = (value: (spent: Spent) => number): number =>
      of((round) => {
        const { idle, sidecars } = quietOf(round, isTracking);
        return value(idle) / idle.seconds / sidecars;
      });
    return {
      replicaMicrosPerSecond: each(({ replicaCpuMicros }) => replicaCpuMicros),
      primaryMicrosPerSecond: each(({ primaryCpuMicros }) => primaryCpuMicros),
      bytesPerSecond: each(({ replicaOutBytes }) => replicaOutBytes),
    };
  };
  const storm = (round: FleetRound, isTracking: boolean): StormRun =>
    round.storms.find((run) => run.isTracking === isTracking && run.speed === "full") as StormRun;
  const { 0: fewest = 1, [plan.holders.length - 1]: most = 1 } = [...plan.holders].sort((a, b) => a - b);
  const itemBytes = (bytesPerKey(results, most) - bytesPerKey(results, fewest)) / Math.max(1, most - fewest);
  const many = rounds.map((round) => round.many);
  const longest = slow[1];
  return {
    connections: offOn((round, isTracking) => {
      const { alone, connected } = storm(round, isTracking).memory;
      return (connected.connections - alone.connections) / plan.sidecars;
    }),
    connectionBytes: of((round) => {
      const { filled } = storm(round, true).memory;
      return filled.clientBytes / filled.connections;
    }),
    keyBytes: bytesPerKey(results, fewest) - fewest * itemBytes,
    itemBytes,
    itemBytesOfMany: median(many.map(([, on]) => tableBytes(on!) / on!.filled.trackedItems)),
    idle: { off: idle(false), on: idle(true) },
    readMicros: offOn((round, isTracking) => readMicros(quietOf(round, isTracking))),
    fillMicros: offOn((round, isTracking) => {
      const { fill } = storm(round, isTracking);
      return fill.replicaCpuMicros / fill.reads;
    }),
    rowMicros: {
      full: of((round) => netStormMicros(round, stormOff(round, "full")) / rowsOf(plan)),
      paced: of((round) => netStormMicros(round, stormOff(round, "paced")) / rowsOf(plan)),
    },
    pushMicrosOfMany: median(
      many.map(([off, on]) => (on!.storm.replicaCpuMicros - off!.storm.replicaCpuMicros) / on!.pushes),
    ),
    pushBytes: longest === undefined || longest.pushes === 0 ? Number.NaN : longest.pushBytes / longest.pushes,
  };
}
