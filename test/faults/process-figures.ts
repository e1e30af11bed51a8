/** What the sidecar's process holds: open files from /proc, the rest from process-probe.ts inside it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

const PROBE = fileURLToPath(new URL("./process-probe.ts", import.meta.url));
const PROBE_TIMEOUT_MS = 5_000;

export interface ProcessFigures {
  readonly sockets: number;
  readonly timers: number;
  /** After a full collection; buffers outside the heap included. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

export interface FigureReader {
  /** For the sidecar's start. */
  readonly env: Readonly<Record<string, string>>;
  read(pid: number): Promise<ProcessFigures>;
}

export function createFigureReader(stage: Stage): FigureReader {
  const directory = mkdtempSync(join(tmpdir(), "feast-fault-probe-"));
  stage.own(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "figures.json");
  return {
    env: { NODE_OPTIONS: `--import=${PROBE}`, FAULT_PROBE_FILE: file },
    async read(pid) {
      rmSync(file, { force: true });
      process.kill(pid, "SIGUSR2");
      await until("figures of the process", PROBE_TIMEOUT_MS, () => existsSync(file));
      const { heapBytes, rssBytes, handles } = JSON.parse(readFileSync(file, "utf8")) as {
        heapBytes: number;
        rssBytes: number;
        handles: Record<string, number>;
      };
      return { sockets: openSockets(pid), timers: handles["Timeout"] ?? 0, heapBytes, rssBytes };
    },
  };
}

function openSockets(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((descriptor) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`).startsWith("socket:");
    } catch {
      // Closed since the folder was listed.
      return false;
    }
  }).length;
}
