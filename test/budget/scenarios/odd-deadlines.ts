/** Deadlines that no sensible caller sends. */
import { setTimeout as delay } from "node:timers/promises";
import { grpcRequest } from "../../../bench/data/requests.ts";
import { openGrpcDriver } from "../../../bench/load/grpc-driver.ts";
import { grpcMessage, type HeaderPair } from "../../../bench/load/http2-frames.ts";
import type { Scenario } from "../../faults/scenario.ts";
import { openSidecar } from "../../faults/sidecar-setup.ts";
import { SETTLED_ENTITIES } from "../../faults/versioned-data.ts";
import { openDelayedRedis } from "../delayed-redis.ts";

const PATH = "/feast.serving.ServingService/GetOnlineFeatures";
const LOST_AFTER_MS = 2_000;
const OK = "0";
const INVALID = "3";
const LATE = "4";

const GRPC = "grpc-timeout";
const OWN = "feast-sidecar-timeout-ms";
/** Headers, and the status that they have to end with. */
const CASES: readonly (readonly [headers: readonly HeaderPair[], status: string])[] = [
  [[[GRPC, "0m"]], LATE],
  [[[GRPC, "1n"]], LATE],
  [[[GRPC, "-5m"]], INVALID],
  [[[GRPC, "99999999H"]], OK],
  [[[GRPC, "100000000m"]], INVALID],
  [[[GRPC, "1.5S"]], INVALID],
  [[[GRPC, "5x"]], INVALID],
  [[[GRPC, "m"]], INVALID],
  [[[GRPC, "soon"]], INVALID],
  [[[OWN, "0"]], LATE],
  [[[OWN, "-1"]], INVALID],
  [[[OWN, "999999999999"]], OK],
  [[[OWN, "1e3"]], INVALID],
  [[[OWN, "NaN"]], INVALID],
  [[[OWN, "0.000001"]], LATE],
  // The smaller one wins, whichever it is.
  [
    [
      [GRPC, "99999999H"],
      [OWN, "0"],
    ],
    LATE,
  ],
  [
    [
      [GRPC, "0m"],
      [OWN, "999999999999"],
    ],
    LATE,
  ],
];

async function statusOf(address: string, headers: readonly HeaderPair[]): Promise<string> {
  const colon = address.lastIndexOf(":");
  let settle = (_: string): void => {};
  let status = "";
  const ended = new Promise<string>((resolve) => {
    settle = resolve;
  });
  const driver = await openGrpcDriver({
    ...{ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), path: PATH, headers },
    messages: [grpcMessage(grpcRequest(10, SETTLED_ENTITIES.slice(0, 1)))],
    onTrailers: (_, trailers) => {
      status = trailers.find(({ name }) => name === "grpc-status")?.value ?? "";
    },
    onDone: (_, problem) => settle(status || problem),
  });
  driver.send(0, 0, false);
  driver.flush();
  const result = await Promise.race([ended, delay(LOST_AFTER_MS, "no answer", { ref: false })]);
  driver.close();
  return result;
}

export const oddDeadlines: Scenario = {
  name: "odd-deadlines",
  title: "deadlines of 0, below 0, absurd and malformed, in either header",
  bar: "kept, or refused as what they are; nothing hangs",
  mostRepeats: 1,
  run: async ({ stage }) => {
    const redis = await openDelayedRedis(stage, {
      ...{ nodes: 1, delays: { kind: "uniform", mostMs: 0 }, seed: 1 },
      cores: undefined,
    });
    const { address } = await openSidecar(stage, redis.sidecar);
    const notes: string[] = [];
    for (const [headers, wanted] of CASES) {
      const status = await statusOf(address, headers);
      if (status !== wanted) notes.push(`${headers.join(", ")}: ${status}, not ${wanted}`);
    }
    const after = await statusOf(address, []);
    return {
      figures: [
        { name: "kinds", value: CASES.length, unit: "calls", atLeast: 1 },
        { name: "ended otherwise", value: notes.length, unit: "calls", atMost: 0 },
        { name: "failed after them", value: after === OK ? 0 : 1, unit: "calls", atMost: 0 },
      ],
      notes,
    };
  },
};
