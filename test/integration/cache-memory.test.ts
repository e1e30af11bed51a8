/** The short form of bench/cache-memory.ts; `make test-long` runs it at full length. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { judge, type MemoryPoint } from "../../bench/cache-memory/memory-run.ts";
import { plainEnvironment } from "../../bench/run/child.ts";

const BENCH = fileURLToPath(new URL("../../bench/cache-memory.ts", import.meta.url));
const MIB = 2 ** 20;

async function run(...args: string[]): Promise<{ status: number; stdout: string }> {
  const child = spawn(process.execPath, [BENCH, ...args], {
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, "close")]);
  return { status: status as number, stdout };
}

describe("memory of the cache", () => {
  // Of less room the bar's 8 MiB would be so large a share that it forgave a cache that counts half of what it takes.
  it("is what it counts, by the bar of the long run", { timeout: 120_000 }, async () => {
    const { status, stdout } = await run("--keys", "300000", "--max-mib", "32");
    expect(stdout.match(/holds|FAILED.*/g), stdout).toEqual(new Array(9).fill("holds"));
    expect(status).toBe(0);
  });

  it("is not judged by a cache that holds little", { timeout: 60_000 }, async () => {
    const { status, stdout } = await run("--keys", "2000", "--max-mib", "32", "--workloads", "tiny");
    expect(stdout.match(/holds|FAILED: [^(]*/g), stdout).toEqual([
      "holds",
      ...new Array(2).fill(expect.stringContaining("not full")),
    ]);
    expect(status).toBe(1);
  });

  it("is over the lower of what was there before and after", () => {
    const reading = (heapBytes: number) => ({ heapBytes, externalBytes: 3 * MIB, rssBytes: 0 });
    const order = { workload: "tiny", maxBytes: 100 * MIB, keys: 1 };
    const point: MemoryPoint = { share: 1, memory: reading(128 * MIB), countedBytes: 99 * MIB, rows: 1, keys: 1 };
    const failures = (before: number, after: number) =>
      judge({ order, before: reading(before), after: reading(after) }, point).failures;
    expect(failures(5 * MIB, 5 * MIB)).toEqual([]);
    expect(failures(9 * MIB, 5 * MIB - 1)).toEqual(["takes more than 123.0 MiB"]);
    expect(failures(5 * MIB - 1, 9 * MIB)).toEqual(["takes more than 123.0 MiB"]);
  });
});
