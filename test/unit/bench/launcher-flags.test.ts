/** The bench runs the sidecar with the flags of its launcher, or not at all. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcherFlags, nodeFlagsOf } from "../../../bench/run/launcher-flags.ts";

const LAUNCHER = readFileSync(new URL("../../../bin/feast-sidecar", import.meta.url), "utf8");
const withFlags = (line: string): string => LAUNCHER.replace(/^NODE_FLAGS=.*$/m, () => line);

describe("flags of the launcher", () => {
  it("are read from bin/feast-sidecar as it is", () => {
    expect(nodeFlagsOf(LAUNCHER).join(" ")).toBe(/^NODE_FLAGS="(.*)"$/m.exec(LAUNCHER)?.[1]);
  });

  it("are those of the image, too", () => {
    const dockerfile = readFileSync(new URL("../../../deploy/Dockerfile", import.meta.url), "utf8");
    const [node, ...flags] = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1] ?? "[]") as string[];
    expect([node, ...flags]).toEqual(["/usr/local/bin/node", ...nodeFlagsOf(LAUNCHER), "/app/dist/cli/main.js"]);
  });

  it("are the words of NODE_FLAGS", () => {
    expect(nodeFlagsOf(withFlags('NODE_FLAGS=""'))).toEqual([]);
    expect(nodeFlagsOf(withFlags('NODE_FLAGS="--max-semi-space-size=16  --single-threaded-gc"'))).toEqual([
      "--max-semi-space-size=16",
      "--single-threaded-gc",
    ]);
  });

  it("that cannot be told are an error", () => {
    const gone = "one line|no line|more than one";
    for (const text of [
      "",
      withFlags("# none"),
      withFlags("NODE_FLAGS=--jitless"),
      withFlags("NODE_FLAGS='--jitless'"),
      withFlags('export NODE_FLAGS=""'),
      withFlags('NODE_FLAGS=""\n  NODE_FLAGS="--jitless"'),
      withFlags('NODE_FLAGS=""\nNODE_FLAGS+=" --jitless"'),
    ]) {
      expect(() => nodeFlagsOf(text)).toThrow(new RegExp(gone));
    }
    expect(() => nodeFlagsOf(withFlags('NODE_FLAGS="$MORE"'))).toThrow("'$MORE' is not a flag");
    expect(() => nodeFlagsOf(withFlags('NODE_FLAGS="--a; rm"'))).toThrow("'--a;' is not a flag");
    expect(() =>
      nodeFlagsOf(LAUNCHER.replace('exec "$node" $NODE_FLAGS', 'exec "$node" --jitless $NODE_FLAGS')),
    ).toThrow("does not start the sidecar by");
  });

  describe("of another tree", () => {
    let tree = "";
    beforeAll(() => {
      tree = mkdtempSync(join(tmpdir(), "feast-sidecar-launcher-"));
    });
    afterAll(() => rmSync(tree, { recursive: true }));

    it("are those of its own launcher, when it has one", () => {
      const main = join(tree, "dist/cli/main.js");
      expect(launcherFlags(main)).toEqual(nodeFlagsOf(LAUNCHER));
      mkdirSync(join(tree, "bin"));
      writeFileSync(join(tree, "bin/feast-sidecar"), withFlags('NODE_FLAGS="--single-threaded-gc"'));
      expect(launcherFlags(main)).toEqual(["--single-threaded-gc"]);
    });
  });
});
