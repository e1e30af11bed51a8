/** The V8 flags that bin/feast-sidecar starts the sidecar with: what is measured must run with them too. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OWN = fileURLToPath(new URL("../../bin/feast-sidecar", import.meta.url));
/** Where they must go, and the only place from which a flag may come. */
const USE = 'exec "$node" $NODE_FLAGS "$main" "$@"';
/** Anything more than words without quotes would mean another thing to the shell. */
const FLAG = /^--[a-z0-9]+(?:[-_][a-z0-9]+)*(?:=[A-Za-z0-9._,-]+)?$/;

/**
 * @param text of the launcher
 * @throws Error when it does not hold exactly one line `NODE_FLAGS="…"` and its use, or when something in it is no flag
 */
export function nodeFlagsOf(text: string): string[] {
  const lines = text.match(/^.*\bNODE_FLAGS\+?=.*$/gm) ?? [];
  const found = /^NODE_FLAGS="([^"]*)"$/.exec(lines[0] ?? "");
  if (found === null || lines.length !== 1) {
    throw new Error(
      'bin/feast-sidecar has no line NODE_FLAGS="…", or more than one: which flags does the sidecar run with?',
    );
  }
  if (!text.split("\n").includes(USE)) throw new Error(`bin/feast-sidecar does not start the sidecar by: ${USE}`);
  const flags = (found[1] as string).split(" ").filter((word) => word !== "");
  const odd = flags.find((flag) => !FLAG.test(flag));
  if (odd !== undefined) throw new Error(`NODE_FLAGS of bin/feast-sidecar: '${odd}' is not a flag`);
  return flags;
}

/** @param main the sidecar's main file; the launcher of its own tree counts, when there is one @throws Error as {@link nodeFlagsOf} */
export function launcherFlags(main: string): string[] {
  const beside = join(dirname(main), "../../bin/feast-sidecar");
  return nodeFlagsOf(readFileSync(existsSync(beside) ? beside : OWN, "utf8"));
}
