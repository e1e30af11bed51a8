/** What socket-stamps.ts notes inside the sidecar, from outside. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stage } from "../faults/stage.ts";

const PRELOAD = fileURLToPath(new URL("./socket-stamps.ts", import.meta.url));

export interface Stamp {
  /** First bytes of the call read. */
  readonly readMs: number;
  /** The write of its last bytes has returned; −1 = it was given up before. */
  readonly writtenMs: number;
  /** When the turn of the loop was over in which the sidecar read that its caller gives up. */
  readonly leftMs: number | undefined;
}

export interface AskedRow {
  readonly entity: number;
  /** When the command for it was written. */
  readonly askedMs: number;
}

export interface Stamps {
  /** By {@link stampKey}. */
  readonly calls: ReadonlyMap<string, Stamp>;
  readonly rows: readonly AskedRow[];
}

export interface StampFile {
  /** For the sidecar's start. */
  readonly env: Readonly<Record<string, string>>;
  /** Of a sidecar that has ended. */
  read(): Stamps;
}

export const stampKey = (clientPort: number, stream: number): string => `${clientPort} ${stream}`;

export function createStampFile(stage: Stage): StampFile {
  const directory = mkdtempSync(join(tmpdir(), "feast-budget-stamps-"));
  stage.own(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "stamps.json");
  return {
    env: { NODE_OPTIONS: `--import=${PRELOAD}`, BUDGET_STAMPS_FILE: file },
    read: () => {
      const { calls, rows } = JSON.parse(readFileSync(file, "utf8")) as {
        calls: [number, number, number, number, number?][];
        rows: [number, number][];
      };
      return {
        rows: rows.map(([entity, askedMs]) => ({ entity, askedMs })),
        calls: new Map(
          calls.map(([port, stream, readMs, writtenMs, leftMs]) => [
            stampKey(port, stream),
            { readMs, writtenMs, leftMs },
          ]),
        ),
      };
    },
  };
}
