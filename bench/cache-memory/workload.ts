/** What is asked of the cache while its memory is measured: how large rows are, of which views a call asks, whose keys they are. */
import type { LookupShape, LookupView } from "../../src/model/lookup.ts";

export interface Workload {
  /** One sentence for the page. */
  readonly about: string;
  /** A call asks for one of these. */
  readonly shapes: readonly LookupShape[];
  /** `sidecar.cache.tenant_key`; keys have a tenant's column when it is not "". */
  readonly tenantKey: string;
  /** Bytes of all values of a row. @param at in [0, 1), uniform */
  rowBytes(at: number): number;
}

/** Of one row in so many, so that small rows and large ones take about the same memory. */
const ONE_LARGE_IN = 1000;
const SMALL = { low: 1, high: 1000 } as const;
const LARGE = { low: 1000, high: 1_000_000 } as const;
const TINY = { low: 1, high: 16 } as const;

/** Calls that share views but not all features, so that entries have one to four rows and some are read anew for more fields. */
const SHAPES = [layOut({ a: 1 }), layOut({ a: 1, b: 4 }), layOut({ b: 2, c: 10 }), layOut({ a: 1, b: 4, c: 10, d: 2 })];

const MIXED = {
  shapes: SHAPES,
  rowBytes: (at: number): number =>
    at * ONE_LARGE_IN < 1 ? logUniform(LARGE, at * ONE_LARGE_IN) : logUniform(SMALL, at),
};

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  mixed: {
    ...MIXED,
    about:
      `rows of ${SMALL.low} B to ${LARGE.high / 1e6} MB: ${ONE_LARGE_IN - 1} of ${ONE_LARGE_IN} log-uniform up to ${SMALL.high} B, ` +
      `one log-uniform above; one to four views a key`,
    tenantKey: "",
  },
  tenants: {
    ...MIXED,
    about: "the same with tenants: half of the keys are one's, the others spread over 100,000",
    tenantKey: "tenant",
  },
  tiny: {
    about: `rows of ${TINY.low} to ${TINY.high} B, log-uniform, one view a key: nearly all of it is what a row and a key cost beside their bytes`,
    shapes: [layOut({ a: 1 })],
    tenantKey: "",
    rowBytes: (at) => logUniform(TINY, at),
  },
};

/** Uniform in [0, 1) for each pair; the same each time. */
export function uniformOf(key: number, salt: number): number {
  let bits = Math.imul(key ^ Math.imul(salt + 1, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  bits = Math.imul(bits ^ (bits >>> 16), 0x27d4eb2f);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}

function logUniform({ low, high }: { readonly low: number; readonly high: number }, at: number): number {
  return Math.floor(low * (high / low) ** at);
}

/** @param features how many, by view, whose name is one letter */
function layOut(features: Readonly<Record<string, number>>): LookupShape {
  const views: LookupView[] = [];
  let slot = 0;
  for (const [storageName, count] of Object.entries(features)) {
    const featureNames = Array.from({ length: count }, (_, index) => `f${index}`);
    views.push({ storageName, featureNames, firstSlot: slot, timestampSlot: slot + count });
    slot += count + 1;
  }
  return { views, stride: slot };
}
