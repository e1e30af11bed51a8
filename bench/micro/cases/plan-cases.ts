/** decode-request.ts and the plan room. */
import { decodeRequest } from "../../../src/transport/decode-request.ts";
import { redisKey } from "../../data/encode.ts";
import { grpcRequest } from "../../data/requests.ts";
import { JOIN_KEY } from "../../data/shape.ts";
import { createPlanner, entitiesOf, RULES, readSnapshot, requestOf } from "../bench-data.ts";
import { expectEqual, type MicroCase } from "../micro-case.ts";

const SHAPES = [
  { features: 10, rows: 1 },
  { features: 50, rows: 1 },
  { features: 50, rows: 100 },
] as const;

const decodeCases = SHAPES.map(
  ({ features, rows }): MicroCase => ({
    name: `transport: decode request, ${features} features × ${rows}`,
    prepare: () => {
      const bytes = grpcRequest(features, entitiesOf(rows));
      const run = () => decodeRequest(bytes, "serving_service");
      return { ops: 1, run, check: () => expectEqual("rows", run().columns[0]?.rows, rows) };
    },
  }),
);

const bindCases = SHAPES.map(
  ({ features, rows }): MicroCase => ({
    name: `plan: bind, ${features} features × ${rows}`,
    prepare: () => {
      const snapshot = readSnapshot();
      const planner = createPlanner();
      const request = requestOf(features, rows);
      const run = () => planner.bind(snapshot, request, RULES.serving_service);
      return {
        ops: 1,
        run,
        check: () => {
          const { shape, lookups } = run();
          expectEqual("outputs", shape.outputs.length, features);
          expectEqual("keys", lookups[0]?.keys.length, rows);
          expectEqual("the last key", lookups[0]?.keys.at(-1), redisKey(JOIN_KEY, rows - 1, ""));
        },
      };
    },
  }),
);

const compileCase: MicroCase = {
  name: "plan: compile and bind, 50 features × 1",
  prepare: () => {
    const snapshot = readSnapshot();
    const request = requestOf(50, 1);
    const run = () => createPlanner().bind(snapshot, request, RULES.serving_service);
    return { ops: 1, run, check: () => expectEqual("outputs", run().shape.outputs.length, 50) };
  },
};

const keyCase: MicroCase = {
  name: "plan: entity key, one of 1,000",
  prepare: () => {
    const rows = 1_000;
    const snapshot = readSnapshot();
    const planner = createPlanner();
    const request = requestOf(10, rows);
    const run = () => planner.bind(snapshot, request, RULES.serving_service).lookups[0]?.keys;
    return { ops: rows, run, check: () => expectEqual("key 7", run()?.[7], redisKey(JOIN_KEY, 7, "")) };
  },
};

export const planCases: readonly MicroCase[] = [...decodeCases, ...bindCases, compileCase, keyCase];
