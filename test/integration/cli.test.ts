/** The verbs other than `serve`, as processes: what they print, where, and their exit codes. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askHttp } from "../helpers/ask-sidecar.ts";
import { copyRepository, goldenFile, type RepositoryCopy } from "../helpers/feature-repository.ts";
import { runCli } from "../helpers/run-cli.ts";
import { startSidecar, type TestSidecar } from "../helpers/start-sidecar.ts";

let repo: RepositoryCopy;
let sidecar: TestSidecar;
beforeAll(async () => {
  repo = copyRepository("sqlite");
  sidecar = await startSidecar({ repo: repo.dir, listen: ["127.0.0.1:0", `unix:${join(repo.dir, "s")}`] });
});
afterAll(async () => {
  await sidecar?.stop();
  repo?.remove();
});

const TABLE = `\
feature    value  status     event time
---------  -----  ---------  --------------------
driver_id  1      PRESENT
trips      10     PRESENT    2024-01-02T03:04:05Z
tag        a      PRESENT    2024-01-02T03:04:05Z
---------  -----  ---------  --------------------
driver_id  9      PRESENT
trips      null   NOT_FOUND
tag        null   NOT_FOUND
`;
const QUESTION = ["--features", "driver_stats:trips,driver_stats:tag", "driver_id=1,9"];
const BODY = '{"features":["driver_stats:trips","driver_stats:tag"],"entities":{"driver_id":[1,9]}}';

describe("get", () => {
  it("prints the same table from a server's port, its Unix socket, and the store itself", async () => {
    const where = [
      ["--address", sidecar.address],
      ["--address", sidecar.data[1] as string],
      ["--chdir", repo.dir],
    ];
    const runs = await Promise.all(where.map((each) => runCli(["get", ...each, ...QUESTION])));
    for (const run of runs) expect(run).toMatchObject({ code: 0, stdout: TABLE, stderr: "" });
  });

  it("prints with --json the very body that the server answers", async () => {
    const { body } = await askHttp(sidecar.url, BODY);
    const run = await runCli(["get", "--json", "--chdir", repo.dir, ...QUESTION]);
    expect(run).toMatchObject({ code: 0, stdout: `${body}\n`, stderr: "" });
  });

  it("takes services, full names, and keys with commas, exact to the last digit", async () => {
    const at = ["--address", sidecar.address];
    const [service, unicode, exact] = await Promise.all([
      runCli(["get", ...at, "--full", "--service", "svc", "driver_id=1", 'customer_id=["c1"]']),
      runCli(["get", ...at, "--json", "--features", "cust_stats:spend", 'customer_id=["ż","a,b",""]']),
      runCli(["get", ...at, "--json", "--features", "untyped_stats:level", "untyped_id=[1152921504606846976]"]),
    ]);
    expect(service.stdout).toMatch(/^driver_stats__conv_rate +0\.5 +PRESENT/m);
    expect(service.stdout).toMatch(/^cust_stats__spend +1\.5 +PRESENT/m);
    expect(JSON.parse(unicode.stdout)).toMatchObject({
      results: [{ values: ["ż", "a,b", ""] }, { values: [3.5, null, 4.5] }],
    });
    expect(exact.stdout).toContain("1152921504606846976");
    expect(exact.stdout).toContain('{"values":[-5]');
  });

  it("ends with 1 and one sentence when the question is refused or cannot be asked", async () => {
    const hung = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => hung.once("listening", resolve));
    const hungAddress = `127.0.0.1:${(hung.address() as { port: number }).port}`;
    const nope = ["--features", "nope:x", "driver_id=1"];
    const runs = await Promise.all([
      runCli(["get", "--address", sidecar.address, ...nope]),
      runCli(["get", "--chdir", repo.dir, ...nope]),
      runCli(["get", "--address", "127.0.0.1:1", ...nope]),
      runCli(["get", "--address", hungAddress, "--timeout-ms", "200", ...nope]),
    ]);
    hung.close();
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual(runs.map(() => [1, ""]));
    expect(runs.map(({ stderr }) => stderr)).toEqual([
      `feast-sidecar: ${sidecar.address}: 404 Feature view nope does not exist in project demo\n`,
      "feast-sidecar: Feature view nope does not exist in project demo\n",
      expect.stringMatching(/^feast-sidecar: 127\.0\.0\.1:1: connect ECONNREFUSED.*\n$/),
      expect.stringMatching(/^feast-sidecar: .*: no answer in 200 ms\n$/),
    ]);
  });

  it("ends with 64 when the command line makes no sense", async () => {
    const lines = [
      ["driver_id=1"],
      ["--features", "a:b", "--service", "s", "driver_id=1"],
      ["--features", "a:b", "driver_id"],
      ["--features", "a:b", "--address", "x:1", "--chdir", repo.dir],
      ["--features", "a:b", "--address", "nonsense", "driver_id=1"],
      ["--features", "a:b", "--timeout-ms", "0", "driver_id=1"],
      ["--features", "a:b", "--chdir", "/nowhere", "driver_id=1"],
    ];
    const runs = await Promise.all(lines.map((line) => runCli(["get", ...line])));
    for (const [index, run] of runs.entries()) {
      expect([lines[index], run.code, run.stdout]).toEqual([lines[index], 64, ""]);
      expect(run.stderr).toMatch(/^feast-sidecar: .+\n$/);
    }
  });
});

describe("explain", () => {
  const KEY_HEX = "0100000002000000090000006472697665725f696404000000080000000100000000000000";

  it("prints views, join keys, store keys in hex and the SQL, and asks no store", async () => {
    const run = await runCli(["explain", "--chdir", repo.dir, "--features", "driver_stats:trips", "driver_id=1"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const lines = run.stdout.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "store    sqlite",
        "lookup 1 by driver_id INT64",
        `  key      ${KEY_HEX}`,
        "answer   driver_id, trips",
      ]),
    );
    expect(run.stdout).toMatch(/^view +driver_stats +ttl 2 s$/m);
    expect(run.stdout).toContain(
      `command  SELECT event_ts FROM "demo_driver_stats" WHERE entity_key = ? ORDER BY rowid DESC LIMIT 1 ${KEY_HEX}\n`,
    );
  });

  it("prints the HMGET with the key that real Feast wrote", async () => {
    // The port in that repository leads nowhere.
    const dir = goldenFile("redis", ".");
    const question = ["--features", "driver_stats:trips,driver_stats2:other", "driver_id=1,2"];
    const run = await runCli(["explain", "--json", "--chdir", dir, ...question]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const { commands } = JSON.parse(run.stdout) as { commands: string[][] };
    const written = JSON.parse(readFileSync(goldenFile("redis", "data/redis.json"), "utf8")) as Record<
      string,
      Record<string, string>
    >;
    expect(commands).toHaveLength(2);
    for (const [verb, key, ...fields] of commands) {
      expect(verb).toBe("HMGET");
      const stored = written[key as string] ?? {};
      const names = fields.map((name) => (name.startsWith("_ts:") ? Buffer.from(name).toString("hex") : name));
      expect(names.map((name) => stored[name])).not.toContain(undefined);
      expect(names).toHaveLength(4);
    }
  });

  it("shows aliases and mapped join keys", async () => {
    const question = ["--full", "--service", "svc_alias", "origin_id=1", "dest_id=2"];
    const run = await runCli(["explain", "--chdir", repo.dir, ...question]);
    expect(run.stdout).toMatch(/^lookup 1 by location_id INT32 from origin_id$/m);
    expect(run.stdout).toMatch(/^lookup 2 by location_id INT32 from dest_id$/m);
    expect(run.stdout).toMatch(/^answer +origin_id, dest_id, origin__temp, dest__temp$/m);
  });

  it("ends with 1 for a question that would be refused, 64 for none", async () => {
    const [refused, none] = await Promise.all([
      runCli(["explain", "--chdir", repo.dir, "--features", "nope:x", "driver_id=1"]),
      runCli(["explain", "--chdir", repo.dir]),
    ]);
    expect(refused).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "feast-sidecar: NOT_FOUND: Feature view nope does not exist in project demo\n",
    });
    expect(none).toMatchObject({ code: 64, stdout: "" });
  });
});

describe("the other words", () => {
  it("are version, help, and sentences", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    const words = ["version", "help", "frob"];
    const [plain, help, unknown, none] = await Promise.all([...words.map((word) => runCli([word])), runCli([])]);
    expect(plain).toMatchObject({ code: 0, stdout: `feast-sidecar ${version}\n` });
    expect([help?.code, help?.stdout]).toEqual([0, expect.stringMatching(/serve .*[\s\S]*get .*[\s\S]*explain /)]);
    expect([unknown?.code, unknown?.stderr]).toEqual([
      64,
      expect.stringMatching(/unknown command 'frob'[\s\S]*serve /),
    ]);
    expect([none?.code, none?.stdout]).toEqual([64, ""]);
  });

  it("have a line in the shell that ends when its reader does", () => {
    const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
    const run = spawnSync("sh", ["-c", `"${process.execPath}" "${main}" help | head -1`], { encoding: "utf8" });
    expect([run.status, run.stdout, run.stderr]).toEqual([
      0,
      "feast-sidecar: answers Feast's online feature requests\n",
      "",
    ]);
  });
});
