/** Whether this machine is one that the bars can be read on: the frozen baseline must cost about what it cost where they come from. */

interface RecordedCost {
  readonly features: number;
  readonly rows: number;
  readonly micros: number;
}

/**
 * CPU time per call of @grpc/grpc-js with ioredis (baseline/grpcjs-ioredis.ts), uncached, on the two cores that the bars were set on: the
 * middle of the ranges seen there (50 × 1: 107 to 123 µs; 50 × 100: 4,100 to 5,900).
 */
const RECORDED_COSTS: readonly RecordedCost[] = [
  { features: 10, rows: 1, micros: 113 },
  { features: 50, rows: 1, micros: 115 },
  { features: 250, rows: 1, micros: 277 },
  { features: 50, rows: 100, micros: 5_000 },
];
const TOLERANCE = 0.3;

export interface BaselineCost {
  readonly features: number;
  readonly rows: number;
  /** CPU time of the baseline per call in this run; null or NaN = it was not measured. */
  readonly micros: number | null;
}

/** @returns a remark, for each cell whose baseline lies further than 30 % from where it was; none = the machine is alike enough */
export function machineDifferences(costs: readonly BaselineCost[]): string[] {
  return costs.flatMap(({ features, rows, micros }) => {
    const recorded = RECORDED_COSTS.find((cost) => cost.features === features && cost.rows === rows)?.micros;
    if (recorded === undefined || micros === null || Number.isNaN(micros)) return [];
    const least = recorded * (1 - TOLERANCE);
    const most = recorded * (1 + TOLERANCE);
    if (micros >= least && micros <= most) return [];
    return [
      `this machine is too different (or too busy): the baseline takes ${micros.toFixed(0)} µs for ${features} features × ${rows}, ` +
        `not ${least.toFixed(0)} to ${most.toFixed(0)} µs as where the bars come from (${recorded} µs ± 30 %)`,
    ];
  });
}
