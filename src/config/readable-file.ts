/** A file that an option names. */
import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { type Findings, type Source, showValue } from "./problem.ts";
import { textNode } from "./yaml-value.ts";

/**
 * @param file relative to the repository
 * @param what completes "expected …, relative to the repository"
 * @param key the option, such as `sidecar.tls.cert`
 * @param findings gets a problem when it cannot be read
 * @returns its absolute path
 */
export function readableFile(
  file: string,
  what: string,
  key: string,
  source: Source,
  repoDir: string,
  { problems }: Findings,
): string {
  const path = resolve(repoDir, file);
  const why = unreadable(path);
  if (why !== undefined) {
    const message = `the file cannot be read (${why}); expected ${what}, relative to the repository`;
    problems.push({ source, key, value: showValue(key, textNode(file)), message });
  }
  return path;
}

/** @returns the system's code of what stands against it, such as ENOENT; undefined when nothing does */
function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown error";
  }
}
