/** What a run of bench/fleet.ts measures, as its command line says. Pure. */

export interface FleetPlan {
  /** Redis sides of sidecars: connections, handshake, samples and reads of the project's own store. */
  readonly sidecars: number;
  /** Rows that each of them keeps. */
  readonly keysPerSidecar: number;
  /** Each row is read anew once in this time. */
  readonly ttlSeconds: number;
  /** Sidecars that hold the same key: 1 = all hold different keys, as many as there are = all hold the same ones. */
  readonly holders: readonly number[];
  /** Of the paced materialization. */
  readonly rowsPerSecond: number;
  /** How long the paced materialization takes; how many rows are written follows from it, at full speed as well. */
  readonly seconds: number;
  readonly rounds: number;
}

export function rowsOf({ rowsPerSecond, seconds }: FleetPlan): number {
  return Math.round(rowsPerSecond * seconds);
}

/** Different keys that all sidecars together hold. */
export function heldKeys({ sidecars, keysPerSidecar }: FleetPlan, holders: number): number {
  return Math.ceil(sidecars / holders) * keysPerSidecar;
}

/**
 * The entities that a sidecar holds, spread evenly over those that are written, so that pushes come all the time and to all in turn.
 * @returns every one of them is written in a materialization
 */
export function heldEntities(plan: FleetPlan, holders: number, sidecar: number): number[] {
  const groups = Math.ceil(plan.sidecars / holders);
  const group = Math.floor(sidecar / holders);
  const stride = Math.floor(rowsOf(plan) / heldKeys(plan, holders));
  return Array.from({ length: plan.keysPerSidecar }, (_, key) => (key * groups + group) * stride);
}

/** @throws RangeError when it cannot be run */
export function checkPlan(plan: FleetPlan): void {
  for (const [name, value] of Object.entries({ ...plan, holders: 1 })) {
    if (!(Number(value) > 0)) throw new RangeError(`${name} has to be more than 0`);
  }
  for (const holders of plan.holders) {
    if (!(holders >= 1 && holders <= plan.sidecars))
      throw new RangeError("holders go from 1 to the number of sidecars");
    if (heldKeys(plan, holders) > rowsOf(plan)) {
      throw new RangeError(
        "rows written (rate × seconds) are fewer than the keys held: fewer --keys, or more --seconds",
      );
    }
  }
}
