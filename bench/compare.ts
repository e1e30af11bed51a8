/**
 * `node bench/compare.ts [--rounds N] [--ms MS] BASE [REGEX]`: the micro benchmarks on the sources of a revision and on those of the
 * working tree, in turn, with the same bench code for both. A difference within the noise of its own rounds is called none.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compareRounds } from "./micro/compare-rounds.ts";
import { chooseCases } from "./micro/corpus.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, ms: { type: "string", default: "200" } },
});
const [base, pattern = ""] = positionals;
if (base === undefined)
  throw new Error("which revision to compare with is missing: node bench/compare.ts BASE [REGEX]");

/** The revision's sources with today's bench code; nothing of git's own is written. */
function checkOut(revision: string): string {
  const folder = mkdtempSync(join(tmpdir(), "feast-sidecar-compare-"));
  const archive = execFileSync("git", ["archive", revision, "src", "package.json"], { cwd: ROOT, maxBuffer: 2 ** 28 });
  execFileSync("tar", ["-x", "-C", folder], { input: archive });
  mkdirSync(join(folder, "bench"));
  for (const part of ["micro", "micro.ts", "data", "load", "run"]) {
    cpSync(join(ROOT, "bench", part), join(folder, "bench", part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** ns/op of one case, undefined when these sources cannot run it. */
function runCase(folder: string, name: string): number | undefined {
  const exactly = `^${name.replace(/[.*+?^$(){}|[\]\\]/g, "\\$&")}$`;
  const args = [join(folder, "bench/micro.ts"), "--json", "--ms", flags.ms, exactly];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return status === 0 ? (JSON.parse(stdout) as { nsPerOp: number }).nsPerOp : undefined;
}

const folder = checkOut(base);
try {
  for (const { name } of chooseCases(pattern)) {
    const rounds: { base: number | undefined; branch: number | undefined }[] = [];
    for (let round = 0; round < Number(flags.rounds); round += 1) {
      // Whoever goes second finds a warmer machine, so they take turns at that too.
      if (round % 2 === 0) rounds.push({ base: runCase(folder, name), branch: runCase(ROOT, name) });
      else {
        const branch = runCase(ROOT, name);
        rounds.push({ base: runCase(folder, name), branch });
      }
    }
    process.stdout.write(`${name.padEnd(46)} ${compareRounds(rounds)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
