/** Which process of the fleet's bench runs on which core. */
import { spawnSync } from "node:child_process";
import { canPin } from "../run/child.ts";

/** As of `taskset`; undefined = any. */
export interface FleetCores {
  readonly replica: string | undefined;
  readonly primary: string | undefined;
  readonly sidecars: string | undefined;
  readonly writer: string | undefined;
  readonly control: string | undefined;
}

/** The replica, which is what is measured, has a core to itself, with only two but for the few control reads: they would wait on the other. */
export function chooseFleetCores(count: number): FleetCores {
  if (count < 2)
    return { replica: undefined, primary: undefined, sidecars: undefined, writer: undefined, control: undefined };
  const others = (core: number): string => String(Math.min(core, count - 1));
  return {
    replica: "0",
    primary: "1",
    sidecars: others(2),
    writer: others(3),
    control: count < 4 ? "0" : "3",
  };
}

/** Moves this process, all its threads. */
export function pinSelf(cores: string | undefined): void {
  if (cores !== undefined && canPin) spawnSync("taskset", ["-acp", cores, String(process.pid)]);
}
