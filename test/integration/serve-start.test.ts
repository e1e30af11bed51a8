/** `serve` as a process, up to its listening line: what stops the start, with which exit code and words, and what it prints. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { askGrpc, askHttp, TRIPS } from "../helpers/ask-sidecar.ts";
import { runCli } from "../helpers/run-cli.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";

const { repository, start, atEnd } = useSidecars();

describe("what stops the start", () => {
  it("is every problem of the configuration, in one run, before any port opens: 64", async () => {
    const { dir } = repository("sqlite", {
      sidecar:
        "{drain: {wait: 5}, cache: {mode: on}, debug_listen: 'd.sock', limits: {max_rowz: 1}, budget: {slice: 5}}",
    });
    const run = await runCli(["serve", "--chdir", dir, "--listen", "nonsense"]);
    expect([run.code, run.stdout]).toEqual([64, ""]);
    for (const key of ["drain.wait", "cache.mode", "debug_listen", "limits.max_rowz", "budget.slice"]) {
      expect(run.stderr).toMatch(
        new RegExp(`^feast-sidecar: .*feature_store\\.yaml line 11: sidecar\\.${key}\\b`, "m"),
      );
    }
    expect(run.stderr).toMatch(/^feast-sidecar: .*--listen.*nonsense.*host:port/m);
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(6);
  });

  it("is a command line that makes no sense: 64", async () => {
    const { dir } = repository();
    const runs = await Promise.all(
      [["--nope"], ["extra"], ["--listen", "127.0.0.1:70000"], ["--chdir", "/nowhere/at/all"]].map((args) =>
        runCli(["serve", ...args], { cwd: dir }),
      ),
    );
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual(runs.map(() => [64, ""]));
    expect(runs.map(({ stderr }) => stderr)).toEqual([
      expect.stringMatching(/Unknown option '--nope'/),
      expect.stringMatching(/'extra'/),
      expect.stringMatching(/at most 65535/),
      expect.stringMatching(/\/nowhere\/at\/all.*feature_store\.yaml/),
    ]);
  });

  it("is a wrong environment variable: 64; one underscore is not ours", async () => {
    const { dir } = repository();
    const env = { FEAST_SIDECAR__LIMITS__MAX_ROWZ: "1", FEAST_SIDECAR_PORT: "tcp://10.0.0.1:6566" };
    const run = await runCli(["serve", "--chdir", dir], { env });
    expect(run.code).toBe(64);
    expect(run.stderr).toMatch(/FEAST_SIDECAR__LIMITS__MAX_ROWZ/);
    expect(run.stderr).not.toMatch(/FEAST_SIDECAR_PORT/);
  });

  it("is cleartext beyond this host: 64", async () => {
    const { dir } = repository();
    const outside = ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0"];
    const listen = ["127.0.0.1:0", "[::1]:0", "localhost:0", "unix:s", ...outside].flatMap((each) => [
      "--listen",
      each,
    ]);
    const run = await runCli(["serve", "--chdir", dir, ...listen, "--admin", "disabled"]);
    expect([run.code, run.stdout]).toEqual([64, ""]);
    const lines = run.stderr.trimEnd().split("\n");
    expect(lines).toEqual(
      outside.map((address) => {
        expect(lines.some((line) => line.includes(address))).toBe(true);
        return expect.stringMatching(/sidecar\.tls.*allow_insecure_listen/);
      }),
    );
  });

  it("is an address in use: 69, for the data port and for the admin port", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    atEnd(() => other.close());
    await once(other, "listening");
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const { dir } = repository();
    const runs = await Promise.all(
      [
        ["--listen", taken, "--admin", "127.0.0.1:0"],
        ["--listen", "127.0.0.1:0", "--admin", taken],
      ].map((args) => runCli(["serve", "--chdir", dir, ...args])),
    );
    for (const run of runs) {
      expect([run.code, run.stdout]).toEqual([69, ""]);
      expect(run.stderr).toContain(`${taken} is already in use`);
    }
  });
});

describe("the listening line", () => {
  it("comes once, on stdout, with the real addresses; all else goes to stderr as JSON", async () => {
    const sidecar = await start({ listen: ["127.0.0.1:0", "[::1]:0"] });
    const line = JSON.parse(sidecar.stdout()) as Record<string, unknown>;
    expect(Object.keys(line)).toEqual(["event", "data", "admin", "pid"]);
    expect(line["data"]).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/),
      expect.stringMatching(/^\[::1\]:[1-9]\d*$/),
    ]);
    for (const address of sidecar.data) {
      expect((await askHttp(`http://${address}`)).values).toEqual(TRIPS);
      expect((await askGrpc(address)).values).toEqual(TRIPS);
    }
    expect(sidecar.events("registry_loaded")).toHaveLength(1);
  });

  it("follows flags over environment over file", async () => {
    const sidecar = await start({
      sidecar: "{listen: 127.0.0.1:1, limits: {max_rows: 1, max_cells: 5}}",
      env: { FEAST_SIDECAR__LIMITS__MAX_ROWS: "2", FEAST_SIDECAR__LISTEN: "127.0.0.1:2" },
    });
    expect(await askHttp(sidecar.url)).toMatchObject({ status: 400, body: expect.stringContaining("max_rows = 2") });
  });
});
