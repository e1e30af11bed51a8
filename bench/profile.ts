/**
 * `node bench/profile.ts [--ms MS] [--out DIR] REGEX`: runs the one micro benchmark that matches under V8's CPU profiler, prints where
 * its time goes by function, and leaves a .cpuprofile for a browser's developer tools.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chooseCases } from "./micro/corpus.ts";
import { type CpuProfile, selfTimes } from "./micro/self-times.ts";

const SHOWN = 20;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { ms: { type: "string", default: "3000" }, out: { type: "string", default: "." } },
});
const [chosen, another] = chooseCases(positionals[0] ?? "");
if (chosen === undefined || another !== undefined) {
  throw new Error(`more than one case matches, among them '${chosen?.name}' and '${another?.name}'`);
}
mkdirSync(flags.out, { recursive: true });
const fileName = `${chosen.name.replace(/[^a-z0-9]+/gi, "-").toLowerCase()}.cpuprofile`;
const profiler = [
  "--cpu-prof",
  "--cpu-prof-interval=200",
  `--cpu-prof-dir=${flags.out}`,
  `--cpu-prof-name=${fileName}`,
];
const exactly = `^${chosen.name.replace(/[.*+?^$(){}|[\]\\]/g, "\\$&")}$`;
const micro = fileURLToPath(new URL("./micro.ts", import.meta.url));
const { status } = spawnSync(process.execPath, [...profiler, micro, "--ms", flags.ms, exactly], { stdio: "inherit" });
if (status !== 0 || !readdirSync(flags.out).includes(fileName)) process.exit(1);
const profile = JSON.parse(readFileSync(join(flags.out, fileName), "utf8")) as CpuProfile;
for (const { where, share } of selfTimes(profile).slice(0, SHOWN)) {
  process.stdout.write(`${(share * 100).toFixed(1).padStart(6)} %  ${where}\n`);
}
process.stdout.write(`\n${join(flags.out, fileName)}\n`);
