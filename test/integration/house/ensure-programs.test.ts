/** scripts/ensure-redis.sh, ensure-h2load.sh and ensure-chromium.sh on machines that lack things. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY, scratchTree } from "./scratch-tree.ts";

const AS_ROOT = "#!/bin/sh\necho 0\n";
const AS_USER = "#!/bin/sh\necho 1000\n";
const WORKS = "#!/bin/sh\necho version 1\n";

/** `needed`: what the sentence calls it; the others: names of the package by manager. */
const PROGRAMS = [
  {
    script: "ensure-redis.sh",
    program: "redis-server",
    needed: "a redis-server",
    ...{ brew: "redis", apt: "redis-server", others: "redis" },
  },
  {
    script: "ensure-h2load.sh",
    program: "h2load",
    needed: "h2load",
    ...{ brew: "nghttp2", apt: "nghttp2-client", others: "nghttp2" },
  },
  {
    script: "ensure-chromium.sh",
    program: "chromium",
    needed: "chromium",
    ...{ brew: "chromium", apt: "chromium", others: "chromium" },
  },
];

describe.each(PROGRAMS)("scripts/$script", ({ script: file, program, needed, brew, apt, others }) => {
  const script = join(REPOSITORY, "scripts", file);

  it("is silent when it is there", () => {
    const tree = scratchTree([]);
    tree.tool(program, WORKS);
    expect(tree.run(script)).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it.each([
    { name: "apt-get", id: AS_ROOT, asks: `apt-get install -y -q --no-install-recommends ${apt}` },
    { name: "apk", id: AS_ROOT, asks: `apk add --no-cache ${others}` },
    { name: "dnf", id: AS_ROOT, asks: `dnf install -y ${others}` },
    { name: "brew", id: AS_USER, asks: `brew install ${brew}` },
  ])("installs it with $name", ({ name, id, asks }) => {
    const tree = scratchTree(["env", "ln"]);
    tree.tool("id", id);
    const installed = tree.write(`package/${program}`, WORKS);
    const place = join(tree.root, `path/${program}`);
    tree.tool(name, `#!/bin/sh\necho "${name} $*"\n[ "$1" = update ] || ln -s ${installed} ${place}\n`);
    const ran = tree.run(script);
    expect(ran).toMatchObject({ code: 0, stdout: "" });
    expect(ran.stderr).toContain(asks);
  });

  it.each([
    { machine: "no package manager", id: AS_ROOT, manager: "" },
    { machine: "a manager, but no root and no sudo", id: AS_USER, manager: "apt-get" },
    { machine: "a manager that fails", id: AS_ROOT, manager: "apk" },
    { machine: "a program that does not run", id: AS_ROOT, manager: "", broken: "#!/bin/sh\nexit 127\n" },
  ])("says what is needed: $machine", ({ id, manager, broken }) => {
    const tree = scratchTree([]);
    tree.tool("id", id);
    if (manager !== "") tree.tool(manager, "#!/bin/sh\nexit 1\n");
    if (broken !== undefined) tree.tool(program, broken);
    const ran = tree.run(script);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(new RegExp(`The tests need ${needed} on PATH, and it could not be installed`));
  });
});
