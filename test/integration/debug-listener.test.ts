/** The debug listener of a real sidecar: what it shows, to whom, and what it refuses. */
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { askGrpc, askHttp, TRIPS_BODY } from "../helpers/ask-sidecar.ts";
import { runCli } from "../helpers/run-cli.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";

const { repository, start } = useSidecars();

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly json: Record<string, unknown>;
}

type Where = { readonly socketPath: string } | { readonly host: string; readonly port: number };

async function ask(
  where: Where,
  method: string,
  path: string,
  more: { readonly body?: string; readonly token?: string; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const headers = more.token === undefined ? {} : { authorization: `Bearer ${more.token}` };
  const call = request({ ...where, method, path, headers, ...(more.signal && { signal: more.signal }) });
  call.end(more.body);
  const [response] = (await once(call, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: JSON.parse(text) as Record<string, unknown>,
  };
}

async function startOnSocket(
  env: Record<string, string> = {},
): Promise<{ sidecar: TestSidecar; socket: Where; dir: string }> {
  const repo = repository("sqlite", { sidecar: '{debug_listen: "unix:debug.sock"}' });
  const sidecar = await start({ repo, env });
  return { sidecar, socket: { socketPath: join(repo.dir, "debug.sock") }, dir: repo.dir };
}

describe("on a Unix socket", () => {
  it("shows compiled plans and explains a question as the command does; its file is for owner and group", async () => {
    const { sidecar, socket, dir } = await startOnSocket();
    expect(statSync(join(dir, "debug.sock")).mode & 0o777).toBe(0o660);
    await askHttp(sidecar.url);
    await askGrpc(sidecar.address);
    const { json } = await ask(socket, "GET", "/plans");
    const plans = json["plans"] as { surface: string; service?: string; views: unknown[] }[];
    const ofRefs = plans.filter(({ service }) => service === undefined);
    expect(ofRefs.map(({ surface }) => surface)).toEqual(expect.arrayContaining(["http", "serving_service"]));
    expect(ofRefs[0]?.views).toEqual([{ name: "driver_stats", storageName: "driver_stats", features: 1 }]);
    expect(JSON.stringify(json)).not.toContain("driver_id");

    const question = ["--json", "--features", "driver_stats:trips", "driver_id=1,2,3"];
    const [there, here] = await Promise.all([
      runCli(["explain", "--debug-address", `unix:${join(dir, "debug.sock")}`, ...question]),
      runCli(["explain", "--chdir", dir, ...question]),
    ]);
    expect(there).toMatchObject({ code: 0, stderr: "" });
    expect(there.stdout).toBe(here.stdout);
    const posted = await ask(socket, "POST", "/explain", { body: TRIPS_BODY });
    expect([posted.status, posted.json]).toEqual([200, JSON.parse(here.stdout)]);
  });

  it("says why a question would be refused, and ends the command with 1", async () => {
    const { socket, dir } = await startOnSocket();
    const bad = await ask(socket, "POST", "/explain", { body: TRIPS_BODY.replace("driver_stats:trips", "nope:x") });
    expect([bad.status, bad.json]).toEqual([
      400,
      { error: "Feature view nope does not exist in project demo", code: "NOT_FOUND" },
    ]);
    expect((await ask(socket, "POST", "/explain", { body: "{" })).status).toBe(422);
    const at = ["--debug-address", `unix:${join(dir, "debug.sock")}`];
    const run = await runCli(["explain", ...at, "--features", "nope:x", "driver_id=1"]);
    expect([run.code, run.stdout]).toEqual([1, ""]);
    expect(run.stderr).toMatch(/: NOT_FOUND: Feature view nope does not exist in project demo\n$/);
  });

  it("lists slow calls with their hops, newest first, without keys", async () => {
    const { sidecar, socket } = await startOnSocket({ FEAST_SIDECAR__BUDGET__SLICE: "2us" });
    expect((await ask(socket, "GET", "/slow-calls")).json).toEqual({ calls: [] });
    await askGrpc(sidecar.address);
    await askHttp(sidecar.url);
    await delay(20);
    const { json, text } = await ask(socket, "GET", "/slow-calls");
    const calls = json["calls"] as { surface: string; totalUs: number; hopsUs: Record<string, number> }[];
    expect(calls.map(({ surface }) => surface)).toEqual(["http", "serving_service"]);
    for (const { totalUs, hopsUs } of calls) {
      expect(Object.values(hopsUs).reduce((sum, us) => sum + us, 0)).toBe(totalUs);
    }
    expect(text).not.toContain("driver");
  });

  it("makes one CPU profile at a time, of 1 to 30 seconds, and goes on serving", async () => {
    const { sidecar, socket } = await startOnSocket();
    const profiling = ask(socket, "POST", "/profile?seconds=1");
    await delay(200);
    const second = await ask(socket, "POST", "/profile?seconds=1");
    const third = await ask(socket, "POST", "/heap-snapshot");
    expect([second.status, third.status]).toEqual([409, 409]);
    expect((await askHttp(sidecar.url)).status).toBe(200);
    const { status, json, headers } = await profiling;
    expect([status, headers["content-disposition"]]).toEqual([200, 'attachment; filename="feast-sidecar.cpuprofile"']);
    expect(Object.keys(json)).toEqual(expect.arrayContaining(["nodes", "startTime", "endTime", "samples"]));
    expect(Number(json["endTime"]) - Number(json["startTime"])).toBeGreaterThan(900_000);
    for (const seconds of ["0", "31", "x", ""]) {
      expect([seconds, (await ask(socket, "POST", `/profile?seconds=${seconds}`)).status]).toEqual([seconds, 400]);
    }
  });

  it("ends a profile whose caller left, so that the next one can begin", async () => {
    const { socket } = await startOnSocket();
    await expect(ask(socket, "POST", "/profile?seconds=30", { signal: AbortSignal.timeout(300) })).rejects.toThrow();
    await delay(100);
    expect((await ask(socket, "POST", "/profile?seconds=1")).status).toBe(200);
  });

  it("streams a heap snapshot", async () => {
    const { socket } = await startOnSocket();
    const { status, json, headers } = await ask(socket, "POST", "/heap-snapshot");
    expect([status, headers["content-length"]]).toEqual([200, undefined]);
    expect(Object.keys(json)).toEqual(expect.arrayContaining(["snapshot", "nodes", "edges", "strings"]));
  });

  it("knows no other paths and methods", async () => {
    const { socket } = await startOnSocket();
    const calls = [
      ["GET", "/", 404],
      ["GET", "/constructor", 404],
      ["GET", "/profile", 405],
      ["DELETE", "/plans", 405],
    ] as const;
    for (const [method, path, status] of calls) {
      const answer = await ask(socket, method, path);
      expect([method, path, answer.status]).toEqual([method, path, status]);
    }
    expect((await ask(socket, "GET", "/")).json["error"]).toContain(
      "/plans, /slow-calls, /explain, /profile, /heap-snapshot",
    );
  });
});

describe("on loopback", () => {
  it("asks for the token", async () => {
    const repo = repository("sqlite", { sidecar: '{debug_listen: "127.0.0.1:0", debug_token_file: token}' });
    writeFileSync(join(repo.dir, "token"), "s3cret-token\n");
    const sidecar = await start({ repo });
    const address = String(sidecar.events("debug_listening")[0]?.["address"]);
    const [host = "", port] = address.split(":");
    const where = { host, port: Number(port) };
    for (const token of [undefined, "", "wrong", "s3cret-toke"]) {
      const answer = await ask(where, "GET", "/plans", token === undefined ? {} : { token });
      expect([token, answer.status, answer.headers["www-authenticate"]]).toEqual([token, 401, "Bearer"]);
      expect(answer.text).not.toContain("s3cret");
    }
    expect((await ask(where, "GET", "/plans", { token: "s3cret-token" })).status).toBe(200);
    const question = ["--features", "driver_stats:trips", "driver_id=1"];
    const at = ["--debug-address", address, "--token-file"];
    writeFileSync(join(repo.dir, "old-token"), "s3cret-of-yesterday");
    const [good, old, other, none] = await Promise.all([
      runCli(["explain", ...at, join(repo.dir, "token"), ...question]),
      runCli(["explain", ...at, join(repo.dir, "old-token"), ...question]),
      runCli(["explain", ...at, join(repo.dir, "feature_store.yaml"), ...question]),
      runCli(["explain", "--debug-address", address, ...question]),
    ]);
    expect([good, old, other, none].map(({ code }) => code)).toEqual([0, 1, 64, 1]);
    expect(good.stdout).toMatch(/^answer +driver_id, trips$/m);
    expect(none.stderr).toContain("401: expected `authorization: Bearer TOKEN`");
  });

  it.each([
    [
      '{debug_listen: "127.0.0.1:0"}',
      /sidecar\.debug_listen = 127\.0\.0\.1:0: everybody on this host.*debug_token_file/,
    ],
    [
      '{debug_listen: "0.0.0.0:0", debug_token_file: feature_store.yaml}',
      /debug_listen = 0\.0\.0\.0:0: only a Unix socket/,
    ],
    [
      '{debug_listen: "unix:d", debug_token_file: gone-s3cret}',
      /debug_token_file = \*\*\*: the file cannot be read \(ENOENT\)/,
    ],
    ['{listen: "unix:d", debug_listen: "unix:d"}', /debug_listen = .*: the address is used twice/],
    ["{debug_listen: nonsense}", /debug_listen = "nonsense": not an address; expected host:port.*or nothing/],
  ])("%s stops the start: 64", async (sidecar, sentence) => {
    const { dir } = repository("sqlite", { sidecar });
    const run = await runCli(["serve", "--chdir", dir]);
    expect([run.code, run.stdout]).toEqual([64, ""]);
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr).not.toContain("s3cret");
    expect(run.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  it("is off unless it is asked for", async () => {
    const sidecar = await start();
    expect(sidecar.events("debug_listening")).toEqual([]);
  });
});
