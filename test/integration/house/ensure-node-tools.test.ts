/** scripts/ensure-node-tools.sh on machines that lack things. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Ran, REPOSITORY, type ScratchTree, scratchTree } from "./scratch-tree.ts";

const FILES = [
  "scripts/ensure-node-tools.sh",
  "scripts/go-tool.sh",
  "scripts/package-manager.sh",
  ...["go.mod", "kubelet/main.go", "pause/main.go"].map((name) => `test/node/programs/${name}`),
];
const HOST_PROGRAMS = ["containerd", "ctr", "runc", "buildah", "debootstrap", "ip", "unshare", "mount", "tar"];
/** Leaves a program where it was asked to, and notes its name. */
const GO = `#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo "\${2##*/}" >>"\${2%/.tools*}/made"; echo "#!/bin/sh" >"$2"; chmod +x "$2"
`;

function machine(uid: number): { tree: ScratchTree; run: () => Ran; made: () => string } {
  const tree = scratchTree(["dirname", "cksum", "cat", "mkdir", "sed", "nice", "chmod", "uname", "env"]);
  tree.tool("id", `#!/bin/sh\necho ${uid}\n`);
  for (const file of FILES) tree.write(file, readFileSync(join(REPOSITORY, file), "utf8"));
  const made = join(tree.root, "made");
  const script = join(tree.root, "scripts/ensure-node-tools.sh");
  return {
    tree,
    run: () => tree.run("/usr/bin/env", [`CNI_PLUGINS=${join(tree.root, "cni")}`, script], "/"),
    made: () => (existsSync(made) ? readFileSync(made, "utf8") : ""),
  };
}

function withHostPrograms(tree: ScratchTree): void {
  for (const name of HOST_PROGRAMS) tree.tool(name, "#!/bin/sh\n");
  for (const name of ["bridge", "host-local", "loopback"]) tree.write(`cni/${name}`, "");
}

it("builds the kubelet and pause once, and again when their sources change", () => {
  const { tree, run, made } = machine(0);
  withHostPrograms(tree);
  tree.tool("go", GO);
  expect(run()).toMatchObject({ code: 0, stdout: "" });
  expect(made()).toBe("kubelet\npause\n");
  expect(run()).toEqual({ code: 0, stdout: "", stderr: "" });
  tree.write("test/node/programs/pause/main.go", "package main\n");
  expect(run().code).toBe(0);
  expect(made()).toBe("kubelet\npause\n".repeat(2));
});

it("says what is needed", () => {
  expect(machine(1000).run()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^test-node needs root: /) });
  const { tree, run } = machine(0);
  tree.tool("apt-get", "#!/bin/sh\n");
  expect(run()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/test-node needs containerd .*cni\/bridge .*could not be installed/),
  });
  withHostPrograms(tree);
  expect(run()).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no go on PATH") });
  tree.tool("uname", "#!/bin/sh\necho Darwin\n");
  expect(run()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^test-node needs Linux: /) });
});
