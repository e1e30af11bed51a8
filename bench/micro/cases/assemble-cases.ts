/** The assemble room, on rows as a store gives them. */
import { assemble } from "../../../src/assemble/assemble.ts";
import type { Surface } from "../../../src/model/surface.ts";
import { checkGrpcAnswer, checkHttpAnswer } from "../../data/requests.ts";
import { blocksOf, boundOf, entitiesOf, RULES } from "../bench-data.ts";
import { expectEqual, type MicroCase } from "../micro-case.ts";

function assembleCase(surface: Surface, features: number, rows: number): MicroCase {
  const form = surface === "http" ? "JSON" : "protobuf";
  return {
    name: `assemble: ${form}, ${features} features × ${rows}`,
    prepare: () => {
      const bound = boundOf(features, rows);
      const blocks = blocksOf(bound);
      const options = {
        rules: RULES[surface],
        absentCells: "null",
        nowSeconds: 1_770_000_000,
        maxResponseBytes: 2 ** 26,
      } as const;
      const run = () => assemble(bound, blocks, options);
      const check = surface === "http" ? checkHttpAnswer : checkGrpcAnswer;
      return {
        ops: 1,
        run,
        check: () => expectEqual("the fault", check(run(), features, entitiesOf(rows)), undefined),
      };
    },
  };
}

export const assembleCases: readonly MicroCase[] = [
  assembleCase("serving_service", 10, 1),
  assembleCase("serving_service", 50, 1),
  assembleCase("serving_service", 250, 1),
  assembleCase("serving_service", 50, 100),
  assembleCase("http", 50, 1),
  assembleCase("http", 50, 100),
];
