/** Where things are, seen from the conformance suite. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

export const projectRoot = resolve(import.meta.dirname, "../../..");
export const feastSources = resolve(projectRoot, "test/conformance/feast");
export const conformanceCache = resolve(projectRoot, ".tools/conformance-cache");

/**
 * Path of a program in the virtual environment that holds the pinned Feast.
 * @throws Error naming the script that makes it, when it is missing
 */
export function feastProgram(name: "python" | "feast"): string {
  const path = resolve(projectRoot, ".venv/bin", name);
  if (!existsSync(path)) throw new Error(`${path} is missing: run scripts/ensure-venv.sh to install the pinned Feast`);
  return path;
}
