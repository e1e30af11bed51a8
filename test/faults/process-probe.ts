/**
 * Loaded into the sidecar's process with `--import`: on SIGUSR2 it collects garbage and writes what is left to the file that
 * FAULT_PROBE_FILE names. The product knows nothing of it.
 */
import { renameSync, writeFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const file = process.env["FAULT_PROBE_FILE"];

process.on("SIGUSR2", () => {
  if (file === undefined) return;
  // The second run takes what finalizers of the first have let go.
  collect();
  collect();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  const { heapUsed, external, rss } = process.memoryUsage();
  writeFileSync(`${file}.new`, JSON.stringify({ heapBytes: heapUsed + external, rssBytes: rss, handles }));
  renameSync(`${file}.new`, file);
});
