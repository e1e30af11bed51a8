/** scripts/ensure-venv.sh, ensure-ghz.sh and .ci/run on machines that lack things. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ran, REPOSITORY, scratchTree } from "./scratch-tree.ts";

describe("scripts/ensure-venv.sh", () => {
  const SCRIPT = readFileSync(join(REPOSITORY, "scripts/ensure-venv.sh"), "utf8");
  /** A python whose `-m venv DIR` makes a DIR/bin/python, and whose `-m pip` notes that it was called. */
  const PYTHON = `#!/bin/sh
case "$1 $2" in
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip") [ "$3" = --version ] || echo pip >>pip-calls ;;
esac
`;
  const machine = () => {
    const tree = scratchTree(["dirname", "cksum", "cat", "mkdir", "cp", "rm"]);
    tree.write("scripts/ensure-venv.sh", SCRIPT);
    tree.write("test/conformance/feast/requirements.txt", "feast==0.67.0\n");
    const run = (): Ran => tree.run(join(tree.root, "scripts/ensure-venv.sh"), [], "/");
    const pipCalls = (): number => readFileSync(join(tree.root, "pip-calls"), "utf8").trim().split("\n").length;
    return { tree, run, pipCalls };
  };

  it("installs once, and again only when the requirements change", () => {
    const { tree, run, pipCalls } = machine();
    tree.tool("python3", PYTHON);
    expect(run().code).toBe(0);
    expect(run()).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(pipCalls()).toBe(1);
    tree.write("test/conformance/feast/requirements.txt", "feast==0.67.1\n");
    expect(run().code).toBe(0);
    expect(pipCalls()).toBe(2);
  });

  it("passes over a Python that is too old or has no venv", () => {
    const { tree, run, pipCalls } = machine();
    tree.tool("python3.11", "#!/bin/sh\nexit 1\n");
    tree.tool("python3.12", PYTHON);
    expect(run().code).toBe(0);
    expect(pipCalls()).toBe(1);
  });

  it("says what is needed when there is no such Python", () => {
    const { tree, run } = machine();
    tree.tool("python3", "#!/bin/sh\nexit 1\n");
    const ran = run();
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(/need Python 3\.11 or newer with venv/);
  });

  it("does not call a failed installation done", () => {
    const { tree, run } = machine();
    tree.tool("python3", PYTHON.replace("echo pip >>pip-calls", "exit 1"));
    expect(run()).toMatchObject({ code: 1 });
    expect(run().stderr).toMatch(/pip could not install/);
  });
});

describe(".ci/run", () => {
  const ci = (test: string, ghz = "echo gated"): Ran => {
    const tree = scratchTree(["bash", "dirname", "env", "grep", "mktemp", "rm", "sed", "tail", "tee"]);
    const script = tree.write(".ci/run", readFileSync(join(REPOSITORY, ".ci/run"), "utf8"));
    tree.tool("make", `#!/bin/sh\ncase "$*" in\ntest) ${test} ;;\nghz) ${ghz} ;;\n*) exit 9 ;;\nesac\n`);
    return tree.run(script, [], "/");
  };
  const lastLine = (ran: Ran): string | undefined => ran.stdout.trimEnd().split("\n").at(-1);

  it("ends with the count line, after the gate", () => {
    const ran = ci(`printf '1 passed, 1 failed\\nmore\\n\\n12 passed, 0 failed\\n'; echo "make: a word" >&2`);
    expect(ran.code).toBe(0);
    expect(lastLine(ran)).toBe("12 passed, 0 failed");
    expect(ran.stdout).toContain("\ngated\n");
  });

  it("keeps the exit code of a failing suite, and its count", () => {
    const ran = ci(`echo "3 passed, 2 failed, 1 skipped"; echo "make: *** [test] Error 1" >&2; exit 2`);
    expect(ran.code).toBe(2);
    expect(lastLine(ran)).toBe("3 passed, 2 failed, 1 skipped");
    expect(ran.stdout).toContain("\ngated\n");
  });

  it("counts a run that never came to counting as a failure", () => {
    const died = ci("exit 2");
    expect([died.code, lastLine(died)]).toEqual([2, "0 passed, 1 failed"]);
    const silent = ci("exit 0");
    expect([silent.code, lastLine(silent)]).toEqual([1, "0 passed, 1 failed"]);
  });

  it("fails when the gate does, and says so before the count line", () => {
    const ran = ci(`echo "12 passed, 0 failed"`, "echo FAILED: too slow; exit 3");
    expect(ran.code).toBe(3);
    expect(lastLine(ran)).toBe("12 passed, 0 failed");
    expect(ran.stdout).toContain("The latency gate failed (exit code 3)");
  });
});

describe("scripts/ensure-ghz.sh", () => {
  const SCRIPT = readFileSync(join(REPOSITORY, "scripts/ensure-ghz.sh"), "utf8");
  /** A go that notes what it installs, and knows the version of what it is asked about. */
  const go = (version: string): string => `#!/bin/sh
case "$1" in
  version) echo "mod	github.com/bojand/ghz	${version}	h1:x" ;;
  install) echo "$GOBIN $2" >>installed ;;
esac
`;
  const machine = () => {
    const tree = scratchTree(["dirname", "grep", "mkdir", "cat", "nice"]);
    tree.write("scripts/ensure-ghz.sh", SCRIPT);
    tree.write("scripts/go-tool.sh", readFileSync(join(REPOSITORY, "scripts/go-tool.sh"), "utf8"));
    return { tree, run: (): Ran => tree.run(join(tree.root, "scripts/ensure-ghz.sh"), [], "/") };
  };

  it("builds it from its Go module, once", () => {
    const { tree, run } = machine();
    tree.tool("go", go("v0.120.0"));
    expect(run().code).toBe(0);
    const installed = `${join(tree.root, ".tools/bin")} github.com/bojand/ghz/cmd/ghz@v0.120.0\n`;
    expect(readFileSync(join(tree.root, "installed"), "utf8")).toBe(installed);
    tree.write(".tools/bin/ghz", "#!/bin/sh\n");
    expect(run()).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readFileSync(join(tree.root, "installed"), "utf8")).toBe(installed);
  });

  it("builds it again when what is there is another version", () => {
    const { tree, run } = machine();
    tree.tool("go", go("v0.119.0"));
    tree.write(".tools/bin/ghz", "#!/bin/sh\n");
    expect(run().code).toBe(0);
    expect(readFileSync(join(tree.root, "installed"), "utf8")).toContain("ghz@v0.120.0");
  });

  it("says what is needed without go, unless ghz is there", () => {
    const { tree, run } = machine();
    expect(run()).toMatchObject({ code: 1, stdout: "" });
    expect(run().stderr).toMatch(/there is no go on PATH/);
    tree.write(".tools/bin/ghz", "#!/bin/sh\n");
    expect(run().code).toBe(0);
  });
});
