import { expect, it } from "vitest";
import { allocatedBytes } from "../../../bench/run/allocation.ts";

it("sums what was allocated before each collection, and nothing else in the text", () => {
  const trace = `{"event":"listening"}
[7:0x1:0]       48 ms: Memory pool: Removed pages: 0, removed large pages: 0
[7:0x1:0]       48 ms: GC: {"pause":1.683,"gc":"s","reason":"allocation failure","allocated":4096,"promoted":12}
[7:0x1:0]       99 ms: GC: {"pause":2.1,"gc":"mc","reason":"task","allocated":1000,"promoted":0}
{"allocated":5}
`;
  expect(allocatedBytes(trace)).toBe(5096);
  expect(allocatedBytes("")).toBe(0);
});
