/** One row's answer is, byte for byte, what the encoder of many rows makes of it, and fails as it does. */
import { describe, expect, it } from "vitest";
import { type AssembleOptions, assemble, assembleInSlices } from "../../../src/assemble/assemble.ts";
import type { BoundRequest } from "../../../src/model/bound-request.ts";
import type { RowBlock } from "../../../src/model/lookup.ts";
import { SliceTurns, TimeSlices } from "../../../src/timing/time-slices.ts";
import { createRandom, type Random } from "../../helpers/random.ts";
import { boundOf, OPTIONS, RULES, type StoredCell, type ViewRows } from "./fixture.ts";

const CASES = 3_000;
const NULL_VALUE = Buffer.from([0x98, 0x01, 0x00]);
const MALFORMED = Buffer.from([0x08]);
const LENGTHS = [0, 1, 2, 3, 3, 9, 23, 24, 25, 126, 127, 128, 129, 300, 20_000];

type Outcome = { readonly hex: string } | { readonly error: string };

/** By way of the encoder of many rows, which takes its time. */
async function many(bound: BoundRequest, blocks: readonly RowBlock[], options: AssembleOptions): Promise<Outcome> {
  const slices = new TimeSlices(
    new SliceTurns(() => 0),
    1000,
    () => 0,
    () => {},
  );
  return outcomeOf(() => assembleInSlices(bound, blocks, options, slices));
}

async function outcomeOf(make: () => Buffer | Promise<Buffer>): Promise<Outcome> {
  try {
    return { hex: (await make()).toString("hex") };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function timestampOf(random: Random): StoredCell {
  const seconds = 1_700_000_000 - random.below(20);
  const varint: number[] = [0x08];
  for (let rest = seconds; rest > 0; rest = Math.floor(rest / 128)) varint.push((rest % 128) | (rest > 127 ? 0x80 : 0));
  const long = Buffer.concat([Buffer.from([0x22, 0x90, 0x01]), random.bytes(144), Buffer.from(varint)]);
  return random.pick([null, Buffer.alloc(0), Buffer.from(varint), Buffer.from(varint), long, MALFORMED]);
}

/** @param key −1 = the row has none, and nothing was read */
function viewOf(random: Random, view: number, key: number): ViewRows {
  const features = Array.from({ length: random.below(6) }, (_, index) => `v${view}__f${index}`);
  const cell = (): StoredCell => random.pick([null, NULL_VALUE, random.bytes(random.pick(LENGTHS))]);
  const row = [...features.map(cell), timestampOf(random)];
  return { features, ttlSeconds: random.pick([0, 0, 5, 10]), rows: key < 0 ? [] : [row] };
}

/** Views of one lookup whose sources lie apart, as the cache gives them. */
function apart(blocks: readonly RowBlock[]): RowBlock[] {
  return blocks.map((block) => ({ ...block, sourcesPerKey: 1 }));
}

describe("the answer to one row", () => {
  it(`is the same as by the long way, in ${CASES} random cases over all rules`, async () => {
    const seen = { errors: 0, answers: 0 };
    for (let seed = 1; seed <= CASES; seed += 1) {
      const random = createRandom(seed);
      const key = random.pick([0, 0, 0, -1]);
      const views = Array.from({ length: random.below(4) }, (_, view) => viewOf(random, view, key));
      const echoes = Array.from({ length: random.below(3) }, (_, index) => ({
        name: `e${index}`,
        values: [random.bytes(random.pick(LENGTHS))],
      }));
      const { bound, blocks } = boundOf(views, { rowToKey: [key], echoes });
      const options: AssembleOptions = {
        ...OPTIONS,
        rules: random.pick([RULES.serving_service, RULES.grpc_feature_server]),
        absentCells: random.pick(["null", "not_found"]),
        maxResponseBytes: random.pick([100, 1 << 26, 1 << 26, 1 << 26]),
      };
      const rows = random.pick([blocks, apart(blocks)]);
      const expected = await many(bound, rows, options);
      expect(await outcomeOf(() => assemble(bound, rows, options)), `seed ${seed}`).toEqual(expected);
      seen["error" in expected ? "errors" : "answers"] += 1;
    }
    expect(seen.errors).toBeGreaterThan(100);
    expect(seen.answers).toBeGreaterThan(1000);
  });

  it("reads each view of a lookup from its own source", async () => {
    const sources = ["aaaa", "bbbb"].map((text) => Buffer.from(text));
    const { bound } = boundOf([{ features: ["x", "y", "z"], rows: [[null, null, null, null]] }]);
    const outputs = [
      { name: "x", lookup: 0, view: 0, slot: 0, timestampSlot: 1, ttlSeconds: 0 },
      { name: "y", lookup: 0, view: 1, slot: 2, timestampSlot: 3, ttlSeconds: 0 },
    ];
    const own = { ...bound, shape: { ...bound.shape, outputs } };
    const block: RowBlock = { sources, sourcesPerKey: 2, spans: Int32Array.of(0, 2, 2, 4, 1, 4, 0, 1) };
    const options = { ...OPTIONS, rules: RULES.grpc_feature_server };
    const answer = assemble(own, [block], options);
    expect({ hex: answer.toString("hex") }).toEqual(await many(own, [block], options));
    expect(answer.includes("bbb")).toBe(true);
  });

  it("may have more columns than the scratch space held before", async () => {
    const features = Array.from({ length: 700 }, (_, index) => `f${index}`);
    const { bound, blocks } = boundOf([{ features, rows: [[...features.map((name) => Buffer.from(name)), null]] }]);
    const options = { ...OPTIONS, rules: RULES.serving_service };
    const answer = assemble(bound, blocks, options).toString("hex");
    expect({ hex: answer }).toEqual(await many(bound, blocks, options));
  });
});
