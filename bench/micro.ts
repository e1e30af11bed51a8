/** `node bench/micro.ts [--json] [--ms MS] [REGEX]`: the micro benchmarks whose names match, each checked before it is timed. */
import { parseArgs } from "node:util";
import { chooseCases } from "./micro/corpus.ts";
import { measure } from "./micro/measure.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false }, ms: { type: "string", default: "500" } },
});

for (const { name, prepare } of chooseCases(positionals[0] ?? "")) {
  const { nsPerOp, opsPerSecond, margin, samples } = measure(prepare(), Number(flags.ms));
  const line = flags.json
    ? JSON.stringify({ name, nsPerOp, margin, samples })
    : `${name.padEnd(46)} ${format(nsPerOp).padStart(12)} ns/op ${format(opsPerSecond).padStart(14)} ops/s  ± ${(margin * 100).toFixed(1)} %`;
  process.stdout.write(`${line}\n`);
}

function format(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 });
}
