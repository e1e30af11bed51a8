/** A scratch folder with a PATH of its own, to run shell scripts in as on a machine that has only the named tools. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ScratchTree {
  readonly root: string;
  /** Writes a file, its folders and its mode 0755; gives its path. */
  write(path: string, text: string): string;
  /** A link inside the tree; `target` as it shall stand in the link. */
  link(path: string, target: string): string;
  /** Puts a script on the tree's PATH. */
  tool(name: string, script: string): void;
  /** Runs a program with the tree's PATH and nothing else in the environment. */
  run(program: string, args?: readonly string[], cwd?: string): Ran;
}

/**
 * Removed when the test ends.
 * @param tools system programs to have on PATH
 * @throws Error when the machine has not got one of them
 */
export function scratchTree(tools: readonly string[]): ScratchTree {
  const root = mkdtempSync(join(tmpdir(), "feast-sidecar-house-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const path = join(root, "path");
  mkdirSync(path);
  const write = (name: string, text: string): string => {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    // It may be a link to the machine's own program, which writing would follow.
    rmSync(file, { force: true });
    writeFileSync(file, text, { mode: 0o755 });
    return file;
  };
  for (const tool of tools) {
    const found = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map((folder) => join(folder, tool)).find(existsSync);
    if (found === undefined) throw new Error(`this machine has no ${tool}`);
    symlinkSync(found, join(path, tool));
  }
  return {
    root,
    write,
    link: (name, target) => {
      const file = join(root, name);
      mkdirSync(dirname(file), { recursive: true });
      symlinkSync(target, file);
      return file;
    },
    tool: (name, script) => void write(join("path", name), script),
    run: (program, args = [], cwd = root) => {
      const { status, stdout, stderr, error } = spawnSync(program, args, {
        cwd,
        env: { PATH: path },
        encoding: "utf8",
      });
      if (error !== undefined) throw error;
      return { code: status, stdout, stderr };
    },
  };
}
