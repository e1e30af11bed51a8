/** A process of its own that is many sidecars to Redis: whole ones, a process each, would not fit on the machine. */
import { setTimeout as delay } from "node:timers/promises";
import { answerCalls } from "./child-calls.ts";
import { OneSidecar } from "./one-sidecar.ts";
import { type FleetPlan, heldEntities } from "./plan.ts";

/** Reads under way of each sidecar while working sets are filled. */
const FILL_WINDOW = 8;
const PACE_EVERY_MS = 1;
/** The second connections are up, and their lists of clients are made. */
const SETTLE_MS = 1000;

export interface OpenFleet {
  readonly plan: FleetPlan;
  readonly holders: number;
  readonly primaryPort: number;
  readonly isTracking: boolean;
}

export interface FleetFigures {
  readonly reads: number;
  readonly failed: number;
  /** Of each sidecar. */
  readonly pushes: readonly number[];
  readonly cpuMicros: number;
  /** The first that went wrong, "" = nothing. */
  readonly problem: string;
}

let fleet: OneSidecar[] = [];
let pace: NodeJS.Timeout | undefined;

async function open({ plan, holders, primaryPort, isTracking }: OpenFleet): Promise<void> {
  fleet = Array.from(
    { length: plan.sidecars },
    (_, sidecar) => new OneSidecar(primaryPort, heldEntities(plan, holders, sidecar), isTracking),
  );
  await Promise.all(fleet.map((sidecar) => sidecar.start()));
  await delay(SETTLE_MS);
}

/** Each sidecar reads all of its rows once, as fast as it gets them. */
async function fill(rowsEach: number): Promise<void> {
  const readers = fleet.flatMap((sidecar) => {
    let left = rowsEach;
    const read = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await sidecar.readNext();
      }
    };
    return Array.from({ length: FILL_WINDOW }, read);
  });
  await Promise.all(readers);
}

/** From now on all sidecars together read so many rows a second, in turn. */
function read(rowsPerSecond: number): void {
  const startMs = performance.now();
  let sent = 0;
  clearInterval(pace);
  pace = setInterval(() => {
    for (const due = ((performance.now() - startMs) / 1000) * rowsPerSecond; sent < due; sent += 1) {
      void fleet[sent % fleet.length]?.readNext();
    }
  }, PACE_EVERY_MS);
}

function rest(): void {
  clearInterval(pace);
}

function figures(): FleetFigures {
  const { user, system } = process.cpuUsage();
  const sum = (of: (sidecar: OneSidecar) => number): number => fleet.reduce((total, each) => total + of(each), 0);
  return {
    reads: sum(({ reads }) => reads),
    failed: sum(({ failed }) => failed),
    pushes: fleet.map(({ pushes }) => pushes),
    cpuMicros: user + system,
    problem: fleet.find(({ problem }) => problem !== "")?.problem ?? "",
  };
}

async function close(): Promise<void> {
  rest();
  await Promise.all(fleet.map((sidecar) => sidecar.close()));
  fleet = [];
}

const calls = { open, fill, read, rest, figures, close };
export type SidecarCalls = typeof calls;
answerCalls(calls);
