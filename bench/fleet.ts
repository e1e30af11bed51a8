/**
 * `node bench/fleet.ts [--sidecars N] [--seconds N] [--out FILE]`: what many sidecars with a cache cost a Redis replica and its primary:
 * connections, memory, reads, and invalidations while everything is written anew. Writes the JSON and a page beside it (.md); where
 * that is bench/results/fleet.json, also the figures of docs/capacity.md. `--page` measures nothing and writes the pages anew.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { putCapacityFigures } from "./fleet/capacity-figures.ts";
import { renderFleetPage } from "./fleet/fleet-page.ts";
import { measureFleet } from "./fleet/measure-fleet.ts";
import { checkPlan, type FleetPlan } from "./fleet/plan.ts";
import type { FleetResults } from "./fleet/results.ts";

const OUT = fileURLToPath(new URL("./results/fleet.json", import.meta.url));
const CAPACITY = fileURLToPath(new URL("../docs/capacity.md", import.meta.url));

const { values: flags } = parseArgs({
  options: {
    sidecars: { type: "string", default: "100" },
    keys: { type: "string", default: "1000" },
    ttl: { type: "string", default: "60" },
    holders: { type: "string" },
    rate: { type: "string", default: "20000" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    out: { type: "string", default: OUT },
    page: { type: "boolean", default: false },
  },
});

const plan: FleetPlan = {
  sidecars: Number(flags.sidecars),
  keysPerSidecar: Number(flags.keys),
  ttlSeconds: Number(flags.ttl),
  holders: (flags.holders ?? `1,${flags.sidecars}`).split(",").map(Number),
  rowsPerSecond: Number(flags.rate),
  seconds: Number(flags.seconds),
  rounds: Number(flags.rounds),
};

if (!flags.page) {
  checkPlan(plan);
  const results = await measureFleet(plan, (line) => process.stderr.write(`${line}\n`));
  mkdirSync(dirname(flags.out), { recursive: true });
  writeFileSync(flags.out, `${JSON.stringify(results, null, 1)}\n`);
}
const results = JSON.parse(readFileSync(flags.out, "utf8")) as FleetResults;
writeFileSync(flags.out.replace(/(\.json)?$/, ".md"), renderFleetPage(results, basename(flags.out)));
if (resolve(flags.out) === OUT) writeFileSync(CAPACITY, putCapacityFigures(readFileSync(CAPACITY, "utf8"), results));
