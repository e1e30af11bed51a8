/** scripts/ensure-h2load.sh on machines that lack things. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY, scratchTree } from "./house/scratch-tree.ts";

const ENSURE_H2LOAD = join(REPOSITORY, "scripts/ensure-h2load.sh");
const AS_ROOT = "#!/bin/sh\necho 0\n";
const AS_USER = "#!/bin/sh\necho 1000\n";
const H2LOAD = "#!/bin/sh\necho h2load nghttp2/1\n";

describe("scripts/ensure-h2load.sh", () => {
  it("is silent when h2load is there", () => {
    const tree = scratchTree([]);
    tree.tool("h2load", H2LOAD);
    expect(tree.run(ENSURE_H2LOAD)).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it.each([
    { name: "apt-get", id: AS_ROOT, asks: "apt-get install -y -q --no-install-recommends nghttp2-client" },
    { name: "apk", id: AS_ROOT, asks: "apk add --no-cache nghttp2" },
    { name: "dnf", id: AS_ROOT, asks: "dnf install -y nghttp2" },
    { name: "brew", id: AS_USER, asks: "brew install nghttp2" },
  ])("installs it with $name", ({ name, id, asks }) => {
    const tree = scratchTree(["env", "ln"]);
    tree.tool("id", id);
    const h2load = tree.write("package/h2load", H2LOAD);
    const place = join(tree.root, "path/h2load");
    tree.tool(name, `#!/bin/sh\necho "${name} $*"\n[ "$1" = update ] || ln -s ${h2load} ${place}\n`);
    const ran = tree.run(ENSURE_H2LOAD);
    expect(ran).toMatchObject({ code: 0, stdout: "" });
    expect(ran.stderr).toContain(asks);
  });

  it.each([
    { machine: "no package manager", id: AS_ROOT, manager: "" },
    { machine: "a manager, but no root and no sudo", id: AS_USER, manager: "apt-get" },
    { machine: "a manager that fails", id: AS_ROOT, manager: "apk" },
    { machine: "an h2load that does not run", id: AS_ROOT, manager: "", h2load: "#!/bin/sh\nexit 127\n" },
  ])("says what is needed: $machine", ({ id, manager, h2load }) => {
    const tree = scratchTree([]);
    tree.tool("id", id);
    if (manager !== "") tree.tool(manager, "#!/bin/sh\nexit 1\n");
    if (h2load !== undefined) tree.tool("h2load", h2load);
    const ran = tree.run(ENSURE_H2LOAD);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(/The tests need h2load on PATH, and it could not be installed/);
  });
});
