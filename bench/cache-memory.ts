/**
 * `node bench/cache-memory.ts [--keys N] [--max-mib N,N] [--workloads NAME,NAME] [--out FILE]`: what the cache takes beside what it counts:
 * heap and external memory are held to 1.15 × `max_bytes` + 8 MiB. Without Redis; each run is a fresh process. `--out` writes the page.
 * Without anything 10 million keys at 32 and 256 MiB, all workloads: some 12 minutes. Exit code 1 when a bar does not hold.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { pointLine, renderPage } from "./cache-memory/memory-page.ts";
import { judge, type MemoryRun } from "./cache-memory/memory-run.ts";
import { runProcess } from "./cache-memory/run-process.ts";
import { WORKLOADS } from "./cache-memory/workload.ts";
import { describeMachine } from "./run/machine.ts";

const MIB = 2 ** 20;

const { values: flags } = parseArgs({
  options: {
    keys: { type: "string", default: "10000000" },
    "max-mib": { type: "string", default: "32,256" },
    workloads: { type: "string", default: Object.keys(WORKLOADS).join(",") },
    out: { type: "string" },
  },
});

// Before the runs: it says so when it cannot.
const machine = flags.out === undefined ? undefined : describeMachine();
const runs: MemoryRun[] = [];
for (const workload of flags.workloads.split(",")) {
  for (const maxMib of flags["max-mib"].split(",")) {
    const run = await runProcess({ workload, maxBytes: Number(maxMib) * MIB, keys: Number(flags.keys) });
    for (const point of run.points) process.stdout.write(`${pointLine(run, point)}\n`);
    runs.push(run);
  }
}
if (flags.out !== undefined && machine !== undefined) writeFileSync(flags.out, renderPage(runs, machine));
process.exitCode = runs.every((run) => run.points.every((point) => judge(run, point).failures.length === 0)) ? 0 : 1;
