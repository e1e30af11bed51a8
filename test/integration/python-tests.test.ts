/**
 * The Python tests of clients/python and deploy/bentoml, one test here for each file there. The client's run where there is no Feast
 * (.venv-bentoml), `with_feast` where there is (.venv), the service's with real BentoML.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { plainEnvironment } from "../helpers/run-cli.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Some 20 s each on a machine that does nothing else. */
const TIMEOUT_MS = 240_000;

const SUITES = [
  { name: "the client, without Feast", venv: ".venv-bentoml", folder: "clients/python", tests: "tests/*.py" },
  { name: "the client, beside Feast", venv: ".venv", folder: "clients/python", tests: "tests/with_feast/*.py" },
  { name: "the BentoML service", venv: ".venv-bentoml", folder: "deploy/bentoml", tests: "tests/*.py" },
];

describe.each(SUITES)("$name", ({ venv, folder, tests }) => {
  const cwd = join(ROOT, folder);
  const files = globSync(tests, { cwd }).filter((file) => basename(file).startsWith("test_"));
  let words = "";

  // One process for all files: the servers they share take seconds to start.
  beforeAll(async () => {
    words = await runPytest(join(ROOT, venv, "bin/python"), cwd, files);
  }, TIMEOUT_MS);

  it("passes as a whole and skips nothing", () => {
    expect(words).toMatch(/^\d+ passed in [\d.]+s.*\n$/m);
  });

  it.each(files.sort())("%s", (file) => {
    const outcomes = [...words.matchAll(/^([A-Z]+) (\S+\.py)/gm)].filter(([, , of]) => of === file);
    expect(outcomes.map(([, outcome]) => outcome)).toContain("PASSED");
    expect(
      outcomes.filter(([, outcome]) => outcome !== "PASSED"),
      words,
    ).toEqual([]);
  });
});

/** @returns what pytest printed, with a line for each test */
async function runPytest(python: string, cwd: string, files: readonly string[]): Promise<string> {
  const child = spawn(python, ["-m", "pytest", "-q", "-rA", "--color=no", ...files], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: plainEnvironment({ PYTHONDONTWRITEBYTECODE: "1" }),
    timeout: TIMEOUT_MS,
  });
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return `${errors}${out}`;
}
