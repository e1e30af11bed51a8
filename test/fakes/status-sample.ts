/** A snapshot of a made-up sidecar with a bit of everything: three nodes of which one is behind, late calls, a view that is degraded. */
import { HOPS } from "../../src/model/ledger.ts";
import type { HopFigures } from "../../src/telemetry/status/call-watch.ts";
import type { SlowCall } from "../../src/telemetry/status/slowest-calls.ts";
import type { StatusSnapshot } from "../../src/telemetry/status/status-snapshot.ts";

/** [count, mean, P50, P99, P99.9] by hop, then the total. */
const TIMES: readonly (readonly [number, number, number, number, number])[] = [
  [51_730, 38, 29, 210, 1_240],
  [51_730, 2, 1, 6, 31],
  [51_730, 41, 33, 172, 620],
  [51_730, 11, 9, 52, 148],
  [1_204, 690, 430, 3_100, 6_020],
  [4_411, 1_240, 702, 5_600, 11_800],
  [51_698, 34, 26, 151, 540],
  [51_730, 29, 22, 118, 402],
  [51_730, 277, 118, 3_720, 10_900],
];

const SLOW: readonly (readonly [SlowCall["outcome"], SlowCall["surface"], readonly number[], number])[] = [
  ["DEADLINE_EXCEEDED", "serving_service", [60, 3, 88, 21, 0, 13_420, 0, 31], 203],
  ["OK", "serving_service", [41, 2, 72, 18, 0, 11_830, 96, 27], 12],
  ["OK", "grpc_feature_server", [5_210, 4, 310, 44, 0, 5_730, 210, 81], 96],
  ["OK", "serving_service", [33, 2, 61, 17, 6_044, 0, 122, 25], 41],
  ["OK", "http", [220, 5, 1_830, 61, 0, 2_950, 640, 212], 7],
  ["UNAVAILABLE", "serving_service", [29, 2, 54, 15, 0, 5_004, 0, 18], 130],
  ["OK", "serving_service", [37, 2, 66, 16, 0, 4_600, 101, 24], 2],
];

function slowCall([outcome, surface, hopsUs, ageSeconds]: (typeof SLOW)[number], index: number): SlowCall {
  const id = index + 1;
  const traceId = index === 3 ? "" : `${(0x3577b34d * (index + 1)).toString(16).slice(-8)}a6a3ce929d0e0e473bf92f35`;
  const otherUs = 12;
  const totalUs = hopsUs.reduce((sum, us) => sum + us, otherUs);
  return { id, outcome, surface, hopsUs, totalUs, traceId, ageSeconds };
}

const hops: readonly HopFigures[] = TIMES.map(([count, meanUs, p50Us, p99Us, p999Us], index) => {
  return { hop: HOPS[index] ?? "total", count, meanUs, p50Us, p99Us, p999Us };
});

export const STATUS_SAMPLE: StatusSnapshot = {
  version: "0.1.0",
  uptimeSeconds: 187_322,
  notReady: "",
  sliceMs: 10,
  calls: {
    perSecond: 862.4,
    count: 51_730,
    overSlice: 61,
    outcomes: [
      { outcome: "OK", count: 51_698 },
      { outcome: "UNAVAILABLE", count: 4 },
      { outcome: "DEADLINE_EXCEEDED", count: 28 },
    ],
    hops,
    degraded: [{ policy: "stale", reason: "deadline", rows: 113 }],
    slowest: SLOW.map(slowCall).sort((one, other) => other.totalUs - one.totalUs),
  },
  admission: { inFlight: 3, limit: 256 },
  registryAgeSeconds: 21,
  storeState: "up",
  nodes: [
    {
      node: "redis-0.redis.example:6379",
      role: "primary",
      zone: "eu-1b",
      state: "out",
      reason: "read_from",
      latencySeconds: 0.00114,
      lagSeconds: 0,
      inFlight: 0,
      gateOpened: 0,
    },
    {
      node: "redis-1.redis.example:6379",
      role: "replica",
      zone: "eu-1a",
      state: "serving",
      reason: "in_sync",
      latencySeconds: 0.000431,
      lagSeconds: 0.012,
      inFlight: 2,
      gateOpened: 1,
    },
    {
      node: "redis-2.redis.example:6379",
      role: "replica",
      zone: "eu-1c",
      state: "out",
      reason: "lag",
      latencySeconds: 0.000988,
      lagSeconds: 4.21,
      inFlight: 0,
      gateOpened: 3,
    },
  ],
  nodesLeftOut: 0,
  cache: {
    hits: 9_120_441,
    misses: 512_207,
    recentHitRate: 0.9214,
    rows: 61_204,
    bytes: 25_480_000,
    maxBytes: 33_554_432,
    views: [
      { view: "driver_stats", hits: 6_021_119, misses: 201_442 },
      { view: "customer_orders_30d", hits: 3_011_008, misses: 290_115 },
      { view: "merchant_risk", hits: 88_314, misses: 20_650 },
    ],
  },
  cacheOffReason: "",
};
