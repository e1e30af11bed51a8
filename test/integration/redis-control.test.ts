import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, createServer as createTlsServer, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { RedisTlsSettings } from "../../src/model/redis-settings.ts";
import { ControlConnection, type ControlTarget } from "../../src/store/redis/control/control-connection.ts";
import { Credentials } from "../../src/store/redis/control/credentials.ts";
import { parseClusterSlots } from "../../src/store/redis/control/parse-cluster-slots.ts";
import { parseInfo } from "../../src/store/redis/control/parse-info.ts";
import { parseRole } from "../../src/store/redis/control/parse-role.ts";
import { parseMasterAddress, parseSentinelReplicas } from "../../src/store/redis/control/parse-sentinel.ts";
import { runCommand } from "../../src/store/redis/control/run-command.ts";
import { TlsFiles } from "../../src/store/redis/control/tls-files.ts";
import { RespError, type RespValue } from "../../src/store/redis/lane/resp-value.ts";
import { FakeRedis } from "../fakes/fake-redis.ts";
import { createTestPki, type TestPki } from "../helpers/test-pki.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

const DEPS = { now: () => performance.now(), random: () => 0 };

/** Undone after each test, last first. */
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function login(username?: string, password?: string, command: readonly string[] = []): Credentials {
  const credentials = new Credentials(
    { username, password, command },
    { ...DEPS, wallNow: Date.now, run: runCommand, onFailed: () => {} },
  );
  undo.push(() => credentials.close());
  credentials.start();
  return credentials;
}

interface Control {
  readonly connection: ControlConnection;
  readonly failures: string[];
  readonly pushes: RespValue[];
  readonly refusals: string[];
  ups: number;
  isUp(): Promise<void>;
}

function control(port: number, target: Partial<ControlTarget> = {}): Control {
  const it = { failures: [] as string[], pushes: [] as RespValue[], refusals: [] as string[], ups: 0 };
  const connection = new ControlConnection(
    {
      kind: "redis",
      address: { host: "127.0.0.1", port },
      tls: undefined,
      credentials: login(),
      clientName: "control-test",
      connectTimeoutMs: 1000,
      ...target,
    },
    DEPS,
    {
      onUp: () => {
        it.ups += 1;
      },
      onFailed: (reason) => it.failures.push(reason),
      onPush: (frame) => it.pushes.push(frame),
      onLoginRefused: (reason) => it.refusals.push(reason),
    },
  );
  undo.push(() => connection.close());
  connection.start();
  return Object.assign(it, { connection, isUp: () => vi.waitFor(() => expect(connection.isUp).toBe(true), 5000) });
}

const outcome = (asked: Promise<RespValue>): Promise<unknown> => asked.catch((error: Error) => error.message);

/** A server of raw bytes. @returns its port */
async function rawServer(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return (server.address() as AddressInfo).port;
}

/** Greets as Redis does; then `serve`. */
function greeting(serve: (command: Buffer, socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    let isGreeted = false;
    socket.on("data", (bytes: Buffer) => {
      if (isGreeted) serve(bytes, socket);
      else socket.write("%0\r\n+PONG\r\n");
      isGreeted = true;
    });
  };
}

describe("a primary and its replica", () => {
  let primary: RunningRedis;
  let replica: RunningRedis;
  beforeAll(async () => {
    primary = await startRedis(await freePort(), () => ["--repl-diskless-sync-delay", "0"]);
    replica = await startRedis(await freePort(), () => ["--replicaof", "127.0.0.1", String(primary.port)]);
  });
  afterAll(() => Promise.all([primary.stop(), replica.stop()]));

  test("INFO and ROLE of both agree", async () => {
    const [p, r] = [control(primary.port), control(replica.port)];
    await Promise.all([p.isUp(), r.isUp()]);
    await p.connection.ask(["SET", Buffer.of(0, 255), "v"], 1000);
    const info = async (it: Control): Promise<ReturnType<typeof parseInfo>> =>
      parseInfo(await it.connection.ask(["INFO"], 1000), 0);
    await vi.waitFor(async () => expect(await info(r)).toMatchObject({ linkUp: true, keys: 1 }), 10_000);
    const [ofPrimary, ofReplica] = [await info(p), await info(r)];
    expect(ofPrimary).toMatchObject({ role: "primary", keys: 1, isLoading: false });
    expect(ofReplica).toMatchObject({
      role: "replica",
      replId: ofPrimary?.replId,
      primary: { host: "127.0.0.1", port: primary.port },
    });
    expect(ofPrimary?.replicas).toEqual([{ address: { host: "127.0.0.1", port: replica.port }, isOnline: true }]);
    expect(parseRole(await r.connection.ask(["ROLE"], 1000))).toMatchObject({ role: "replica", linkUp: true });
    expect(parseRole(await p.connection.ask(["ROLE"], 1000))).toMatchObject({
      role: "primary",
      replicas: ofPrimary?.replicas,
    });
  });

  test("a refusal is a value, and later replies stay with their questions", async () => {
    const it = control(primary.port);
    await it.isUp();
    const asked = ["GET", "CONFIG GET port", "CLIENT GETNAME"].map((line) => it.connection.ask(line.split(" "), 1000));
    const [refusal, config, name] = await Promise.all(asked);
    expect(refusal).toBeInstanceOf(RespError);
    expect(String(config)).toBe(`port,${primary.port}`);
    expect(String(name)).toBe("control-test");
  });

  test("a lost connection fails what is under way and comes back", async () => {
    const it = control(primary.port);
    await it.isUp();
    const sleeping = outcome(it.connection.ask(["BLPOP", "nothing", "0"], 10_000));
    const other = control(primary.port, { clientName: "killer" });
    await other.isUp();
    const list = String(await other.connection.ask(["CLIENT", "LIST"], 1000)).split("\n");
    const victim = /id=(\d+)/.exec(list.find((line) => line.includes("cmd=blpop")) ?? "")?.[1] ?? "";
    await other.connection.ask(["CLIENT", "KILL", "ID", victim], 1000);
    expect(await sleeping).toBe(`redis 127.0.0.1:${primary.port} cannot be reached: the server closed the connection`);
    await vi.waitFor(() => expect(it.ups).toBe(2), 5000);
    expect(it.failures).toEqual([`redis 127.0.0.1:${primary.port}: the server closed the connection`]);
  });

  test("a server that is loading is asked: INFO says so", async () => {
    const loading = await startRedis(await freePort(), () => ["--enable-debug-command", "yes"]);
    undo.push(() => loading.stop());
    const first = control(loading.port);
    await first.isUp();
    await first.connection.ask(["DEBUG", "POPULATE", "20000"], 5000);
    await first.connection.ask(
      ["CONFIG", "SET", "key-load-delay", "200", "loading-process-events-interval-bytes", "1024"],
      1000,
    );
    const reload = outcome(first.connection.ask(["DEBUG", "RELOAD"], 20_000));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const second = control(loading.port);
    await second.isUp();
    expect(parseInfo(await second.connection.ask(["INFO"], 2000), 0)).toMatchObject({ isLoading: true });
    await second.connection.ask(["CONFIG", "SET", "key-load-delay", "0"], 2000);
    await reload;
  });

  test("nothing is asked before a connection and after the end", async () => {
    const it = control(await freePort());
    expect(await outcome(it.connection.ask(["INFO"], 100))).toMatch(/cannot be reached: connecting$/);
    await vi.waitFor(() => expect(it.failures[0]).toMatch(/ECONNREFUSED/), 5000);
    expect(await outcome(it.connection.ask(["INFO"], 100))).toMatch(/cannot be reached: .*ECONNREFUSED/);
    await it.connection.close();
    expect(await outcome(it.connection.ask(["INFO"], 100))).toMatch(/is closed$/);
  });
});

describe("sentinel and cluster", () => {
  test("a sentinel says where the primary is, and subscriptions live beside questions", async () => {
    const primary = await startRedis(await freePort());
    undo.push(() => primary.stop());
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), "feast-sentinel-"));
    const lines = [`port ${port}`, "bind 127.0.0.1", `sentinel monitor mymaster 127.0.0.1 ${primary.port} 1`];
    writeFileSync(join(directory, "conf"), `${lines.join("\n")}\n`);
    const sentinel = spawn("redis-server", [join(directory, "conf"), "--sentinel"], {
      cwd: directory,
      stdio: "ignore",
    });
    undo.push(async () => {
      sentinel.kill("SIGKILL");
      await once(sentinel, "exit");
      rmSync(directory, { recursive: true });
    });
    const it = control(port, { kind: "sentinel" });
    await it.isUp();
    const confirmed = it.connection.ask(["SUBSCRIBE", "+switch-master", "+monitor"], 1000);
    const address = it.connection.ask(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"], 1000);
    expect(String(await confirmed)).toBe("subscribe,+monitor,2");
    expect(parseMasterAddress(await address)).toEqual({ host: "127.0.0.1", port: primary.port });
    expect(parseSentinelReplicas(await it.connection.ask(["SENTINEL", "REPLICAS", "mymaster"], 1000))).toEqual([]);
    expect(parseInfo(await it.connection.ask(["INFO"], 1000), 0)).toMatchObject({ role: "sentinel" });
    await it.connection.ask(["SENTINEL", "MONITOR", "other", "127.0.0.1", String(primary.port), "1"], 1000);
    await vi.waitFor(() => expect(it.pushes.map(String)).toEqual([expect.stringMatching(/^message,\+monitor,/)]), 5000);
  });

  test("a node of a cluster says which slots it has", async () => {
    const node = await startRedis(await freePort(), () => ["--cluster-enabled", "yes", "--cluster-port", "0"]);
    undo.push(() => node.stop());
    const it = control(node.port);
    await it.isUp();
    const asked = { host: "127.0.0.1", port: node.port };
    expect(parseClusterSlots(await it.connection.ask(["CLUSTER", "SLOTS"], 1000), asked)).toEqual([]);
    await it.connection.ask(["CLUSTER", "ADDSLOTSRANGE", "0", "100", "200", "300"], 1000);
    const ranges = parseClusterSlots(await it.connection.ask(["CLUSTER", "SLOTS"], 1000), asked);
    const id = String(await it.connection.ask(["CLUSTER", "MYID"], 1000));
    // It has met nobody, so it does not know its own address.
    expect(ranges).toEqual([
      { from: 0, to: 100, primary: { id, address: asked }, replicas: [] },
      { from: 200, to: 300, primary: { id, address: asked }, replicas: [] },
    ]);
  });
});

describe("servers that misbehave", () => {
  test("one before Redis 6, and one that hangs up on HELLO", async () => {
    const old = new FakeRedis(2);
    undo.push(() => old.close());
    const it = control(await old.listen());
    await it.isUp();
    expect(String(await it.connection.ask(["INFO"], 1000))).toBe(old.info());
    const port = await rawServer((socket) =>
      socket.on("data", (bytes: Buffer) => {
        if (bytes.includes("HELLO")) socket.destroy();
        else socket.write(bytes.includes("PING") ? "+OK\r\n+PONG\r\n" : "+hi\r\n");
      }),
    );
    const shy = control(port);
    await shy.isUp();
    expect(await shy.connection.ask(["ECHO", "hi"], 1000)).toBe("hi");
  });

  test("a late reply is dropped in its place; silence for a second ends the connection", async () => {
    let isDeaf = false;
    const port = await rawServer(
      greeting((command, socket) => {
        if (isDeaf) return;
        if (command.includes("SLOW")) setTimeout(() => socket.write("+slow\r\n"), 100);
        if (command.includes("QUICK")) setTimeout(() => socket.write("+quick\r\n"), 110);
      }),
    );
    const it = control(port);
    await it.isUp();
    const slow = outcome(it.connection.ask(["SLOW"], 20));
    const quick = it.connection.ask(["QUICK"], 1000);
    expect(await slow).toBe(`redis 127.0.0.1:${port} did not answer SLOW within 20 ms`);
    expect(await quick).toBe("quick");
    isDeaf = true;
    const asks = Array.from({ length: 65 }, () => outcome(it.connection.ask(["X"], 50)));
    expect(await asks[64]).toMatch(/has not answered 64 commands/);
    expect(await asks[0]).toMatch(/did not answer X within 50 ms/);
    await vi.waitFor(() => expect(it.failures).toEqual([expect.stringMatching(/no reply for 1000 ms/)]), 3000);
  });

  test.each([
    ["bytes that are no RESP", "?what\r\n", /malformed reply/],
    ["a list nested too deep", `${"*1\r\n".repeat(100)}+x\r\n`, /nested more than 16 deep/],
    ["two replies to one question", "+one\r\n+two\r\n", /nobody waits for/],
    ["an endless line", "+".padEnd(100_000, "a"), /a line longer/],
  ])("%s end the connection, not the process", async (_, bytes, reason) => {
    const port = await rawServer(greeting((_command, socket) => void socket.write(bytes)));
    const it = control(port);
    await it.isUp();
    await outcome(it.connection.ask(["INFO"], 500));
    await vi.waitFor(() => expect(it.failures).toEqual([expect.stringMatching(reason)]), 3000);
  });

  test("a reply of 16 MiB and more is not gathered", async () => {
    const port = await rawServer(
      greeting((_command, socket) => {
        socket.write(`$${100 * 1024 * 1024}\r\n`);
        for (let i = 0; i < 20; i += 1) socket.write(Buffer.alloc(1024 * 1024));
      }),
    );
    const it = control(port);
    await it.isUp();
    expect(await outcome(it.connection.ask(["INFO"], 5000))).toMatch(/a reply longer than 16777216 bytes/);
  });

  test("300 replies of 100 kB are not one long one", async () => {
    const reply = Buffer.concat([Buffer.from("$100000\r\n"), Buffer.alloc(100_000, "a"), Buffer.from("\r\n")]);
    const port = await rawServer(greeting((_command, socket) => void socket.write(reply)));
    const it = control(port);
    await it.isUp();
    for (let i = 0; i < 300; i += 1) expect(await it.connection.ask(["INFO"], 1000)).toHaveLength(100_000);
    expect(it.failures).toEqual([]);
  });
});

describe("credentials", () => {
  let server: RunningRedis;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "feast-credentials-"));
    server = await startRedis(await freePort(), () => [
      "--user",
      "app",
      "on",
      ">first-one",
      "~*",
      "+@all",
      "--requirepass",
      "root-pass",
    ]);
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  test("a wrong one is refused without being told, and asked for anew until it is right", async () => {
    const file = join(directory, "wrong");
    writeFileSync(file, '{"username":"app","password":"wr0ng-one"}');
    const it = control(server.port, { credentials: login(undefined, undefined, ["cat", file]) });
    await vi.waitFor(() => expect(it.failures.at(-1)).toMatch(/WRONGPASS/), 5000);
    expect(it.failures.join()).not.toContain("wr0ng-one");
    writeFileSync(file, '{"username":"app","password":"first-one"}');
    await it.isUp();
    expect(String(await it.connection.ask(["ACL", "WHOAMI"], 1000))).toBe("app");
  });

  test("a live connection logs in again when they change, and stays when that is refused", async () => {
    const file = join(directory, "changing");
    writeFileSync(file, '{"username":"app","password":"first-one"}');
    const credentials = login(undefined, undefined, ["cat", file]);
    const it = control(server.port, { credentials });
    await it.isUp();
    // The attempt before the first run had ended.
    it.failures.length = 0;
    writeFileSync(file, "root-pass\n");
    credentials.refresh();
    await vi.waitFor(
      async () => expect(String(await it.connection.ask(["ACL", "WHOAMI"], 1000))).toBe("default"),
      5000,
    );
    writeFileSync(file, "n0t-it\n");
    credentials.refresh();
    await vi.waitFor(() => expect(it.refusals).toEqual([expect.stringMatching(/WRONGPASS/)]), 5000);
    expect(it.refusals.join()).not.toContain("n0t-it");
    expect([it.ups, it.failures, it.connection.isUp]).toEqual([1, [], true]);
  });

  test("a change during the handshake is made good after it", async () => {
    const fake = new FakeRedis(3);
    undo.push(() => fake.close());
    fake.react = (name) => (name === "HELLO" ? { kind: "slow", delayMs: 200 } : { kind: "reply" });
    let printed = "early\n";
    const credentials = new Credentials(
      { username: undefined, password: undefined, command: ["x"] },
      {
        // A clock that runs fast enough for a second run at once.
        now: () => 1000 * performance.now(),
        random: () => 0,
        wallNow: Date.now,
        run: () => ({ output: Promise.resolve(Buffer.from(printed)), kill: () => {} }),
        onFailed: () => {},
      },
    );
    undo.push(() => credentials.close());
    credentials.start();
    await vi.waitFor(() => expect(credentials.current()?.password).toBe("early"));
    const it = control(await fake.listen(), { credentials });
    await vi.waitFor(() => expect(fake.commands[0]?.[0]).toBe("HELLO"), { interval: 5 });
    printed = "late\n";
    credentials.refresh();
    await it.isUp();
    await vi.waitFor(() => expect(fake.commands.at(-1)).toEqual(["AUTH", "late"]), 2000);
    expect(fake.commands[0]).toContain("early");
  });

  test("no attempt without credentials, one at once when they come", async () => {
    const file = join(directory, "absent");
    const it = control(server.port, { credentials: login("app", undefined, ["cat", file]) });
    await vi.waitFor(() => expect(it.failures.length).toBeGreaterThan(0), 5000);
    expect(it.failures[0]).toMatch(/there are no credentials yet$/);
    writeFileSync(file, "first-one\n");
    await it.isUp();
  });

  const failure = (command: readonly string[]): Promise<string> =>
    runCommand(command).output.then(String, (error: Error) => error.message);

  test("a command runs without a shell and tells nothing but how it failed", async () => {
    expect(await failure(["printf", "%s", "$HOME;`id`"])).toBe("$HOME;`id`");
    expect(await failure(["/no/such/s3cret"])).toBe("the credential command could not be started (ENOENT)");
    expect(await failure(["a\0b"])).toBe("the credential command could not be started (ERR_INVALID_ARG_VALUE)");
    expect(await failure([])).toMatch(/could not be started/);
    expect(await failure(["sh", "-c", "echo s3cret; echo s3cret >&2; exit 3"])).toBe(
      "the credential command ended with exit code 3",
    );
    expect(await failure(["sh", "-c", "kill -TERM $$"])).toBe("the credential command was ended by SIGTERM");
    expect(await failure(["yes", "s3cret"])).toBe("the credential command printed more than 65536 bytes");
    expect(await failure(["cat"])).toBe("");
  });

  test("a command that hangs is ended with all that it started", async () => {
    const pidFile = join(directory, "pid");
    const startedMs = performance.now();
    const text = await failure(["sh", "-c", `sleep 60 & echo $! > ${pidFile}; wait`]);
    expect(text).toBe("the credential command took longer than 5000 ms");
    expect(performance.now() - startedMs).toBeLessThan(7000);
    const isRunning = (): boolean => {
      try {
        return !/\) Z/.test(readFileSync(`/proc/${readFileSync(pidFile, "utf8").trim()}/stat`, "latin1"));
      } catch {
        return false;
      }
    };
    await vi.waitFor(() => expect(isRunning()).toBe(false), 2000);
  });
});

describe("TLS files", () => {
  let pki: TestPki;
  let other: TestPki;
  let directory: string;
  const path = (name: string): string => join(directory, name);
  beforeAll(() => {
    pki = createTestPki();
    other = createTestPki();
    directory = mkdtempSync(join(tmpdir(), "feast-tls-"));
  });
  afterAll(() => {
    pki.remove();
    other.remove();
    rmSync(directory, { recursive: true });
  });

  /** As an operator's tools do it: a new file under the old name. */
  function put(name: string, from: string | Buffer): void {
    if (typeof from === "string") copyFileSync(from, path("new"));
    else writeFileSync(path("new"), from);
    renameSync(path("new"), path(name));
  }

  function putPair(from: TestPki, name: "client" | "stranger"): void {
    put("cert.pem", from.file(name, "pem"));
    put("cert.key", from.file(name, "key"));
  }

  interface Files {
    readonly files: TlsFiles;
    readonly failures: string[];
    readonly clock: { nowMs: number };
    changes: number;
  }

  function tlsFiles(settings: Partial<RedisTlsSettings> = {}): Files {
    const it = { failures: [] as string[], clock: { nowMs: 0 }, changes: 0 };
    const all = { ca: path("ca.pem"), cert: path("cert.pem"), key: path("cert.key") };
    const files = new TlsFiles(
      { ...all, rejectUnauthorized: true, checkHostname: true, serverName: "localhost", ...settings },
      () => it.clock.nowMs,
      (reason) => it.failures.push(reason),
    );
    files.onChange(() => {
      it.changes += 1;
    });
    undo.push(() => files.close());
    return Object.assign(it, { files });
  }

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  test("the same context until files change; looked at once a second; listeners are told", async () => {
    put("ca.pem", pki.file("ca", "pem"));
    putPair(pki, "client");
    const it = tlsFiles();
    const { secureContext } = it.files.connectOptions();
    it.clock.nowMs = 2000;
    expect(it.files.connectOptions().secureContext).toBe(secureContext);
    putPair(other, "client");
    it.clock.nowMs = 2900;
    expect(it.files.connectOptions().secureContext).toBe(secureContext);
    it.clock.nowMs = 3000;
    expect(it.files.connectOptions().secureContext).not.toBe(secureContext);
    await turn();
    expect([it.changes, it.failures]).toEqual([1, []]);
  });

  test.each([
    ["a certificate whose key is still the old one", () => put("cert.pem", other.file("client", "pem")), /mismatch/],
    ["a certificate cut short", () => put("cert.pem", pki.read("client", "pem").subarray(0, 200)), /PEM/],
    ["an empty key", () => put("cert.key", Buffer.alloc(0)), /DECODER|PEM/],
    ["an empty ca", () => put("ca.pem", Buffer.alloc(0)), /ca\.pem holds no whole certificate/],
    ["half a ca", () => put("ca.pem", pki.read("ca", "pem").subarray(0, 300)), /ca\.pem holds no whole certificate/],
    [
      "a ca that is none",
      () => put("ca.pem", Buffer.from("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
      /asn1|PEM/i,
    ],
    ["a file that is gone", () => rmSync(path("cert.key")), /ENOENT.*cert\.key/],
    ["a file without an end", () => put("cert.key", Buffer.alloc(3 * 1024 * 1024)), /cert\.key is no PEM file/],
  ])("%s: the old ones stay, said once, until they are whole again", async (_, damage, reason) => {
    put("ca.pem", pki.file("ca", "pem"));
    putPair(pki, "client");
    const it = tlsFiles();
    const { secureContext } = it.files.connectOptions();
    damage();
    for (let i = 1; i < 4; i += 1) {
      it.clock.nowMs = i * 1000;
      expect(it.files.connectOptions().secureContext).toBe(secureContext);
    }
    expect(it.failures).toEqual([expect.stringMatching(reason)]);
    expect(it.failures[0]).toMatch(/^TLS files: /);
    put("ca.pem", other.file("ca", "pem"));
    putPair(other, "client");
    it.files.refresh();
    await turn();
    expect([it.failures.length, it.changes]).toEqual([1, 1]);
    expect(it.files.connectOptions().secureContext).not.toBe(secureContext);
  });

  test("what never could be read is an error at each attempt, and good once it can be read", () => {
    const it = tlsFiles({ ca: path("not-yet.pem"), cert: undefined, key: undefined });
    expect(() => it.files.connectOptions()).toThrow(/^TLS files: ENOENT.*not-yet\.pem/);
    put("not-yet.pem", pki.file("ca", "pem"));
    expect(it.files.connectOptions().secureContext).toBeDefined();
    expect([it.failures, it.changes]).toEqual([[], 0]);
  });

  test("the poll finds changes between connections, and ends", async () => {
    put("ca.pem", pki.file("ca", "pem"));
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    undo.push(() => void vi.useRealTimers());
    const it = tlsFiles({ cert: undefined, key: undefined });
    it.files.connectOptions();
    it.files.start();
    put("ca.pem", other.file("ca", "pem"));
    vi.advanceTimersByTime(4999);
    await turn();
    expect(it.changes).toBe(0);
    vi.advanceTimersByTime(1);
    await turn();
    expect(it.changes).toBe(1);
    it.files.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  /** @returns what the handshake with a server for `localhost` and 127.0.0.1 ends in, and the name it was asked for */
  async function shake(options: ConnectionOptions): Promise<{ ended: string; servername: unknown }> {
    let servername: unknown;
    const server = createTlsServer(
      { cert: pki.read("server", "pem"), key: pki.read("server", "key") },
      (socket: TLSSocket) => {
        servername = socket.servername;
        socket.end();
      },
    ).listen(0, "127.0.0.1");
    server.on("tlsClientError", () => {});
    await once(server, "listening");
    const socket = connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, ...options });
    const ended = await new Promise<string>((resolve) => {
      socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.on("secureConnect", () => resolve("ok"));
    });
    if (ended === "ok") await once(socket.resume(), "close");
    socket.destroy();
    server.close();
    return { ended, servername };
  }

  const plain = { cert: undefined, key: undefined };
  test.each<[string, Partial<RedisTlsSettings>, string]>([
    ["its name, at an address", { serverName: "localhost" }, "ok"],
    ["its address", { serverName: "127.0.0.1" }, "ok"],
    ["another name", { serverName: "redis.shop" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["another address than the one that is connected to", { serverName: "10.1.2.3" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["another name, not checked", { serverName: "redis.shop", checkHostname: false }, "ok"],
    ["an authority unknown to us", { ca: undefined }, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["an authority unknown to us, not checked", { ca: undefined, rejectUnauthorized: false }, "ok"],
  ])("the server's certificate is checked against the configured name: %s", async (_, settings, ended) => {
    put("ca.pem", pki.file("ca", "pem"));
    const { files } = tlsFiles({ ...plain, ...settings });
    expect((await shake(files.connectOptions())).ended).toBe(ended);
  });

  test("SNI carries the name, and no address", async () => {
    put("ca.pem", pki.file("ca", "pem"));
    expect(await shake(tlsFiles({ ...plain }).files.connectOptions())).toEqual({
      ended: "ok",
      servername: "localhost",
    });
    const byAddress = tlsFiles({ ...plain, serverName: "127.0.0.1" }).files.connectOptions();
    expect(await shake(byAddress)).toEqual({ ended: "ok", servername: false });
  });

  test("a control connection over TLS with a client certificate, before and after renewal", async () => {
    put("ca.pem", pki.file("ca", "pem"));
    putPair(pki, "client");
    const tlsPort = await freePort();
    const server = await startRedis(await freePort(), () => [
      ...["--tls-port", String(tlsPort), "--tls-cert-file", pki.file("server", "pem")],
      ...["--tls-key-file", pki.file("server", "key"), "--tls-ca-cert-file", pki.file("ca", "pem")],
    ]);
    undo.push(() => server.stop());
    const it = tlsFiles();
    const first = control(tlsPort, { tls: it.files });
    await first.isUp();
    expect(await first.connection.ask(["PING"], 1000)).toBe("PONG");
    putPair(pki, "stranger");
    it.files.refresh();
    const second = control(tlsPort, { tls: it.files });
    await vi.waitFor(() => expect(second.failures.length).toBeGreaterThan(0), 5000);
    expect(first.connection.isUp).toBe(true);
    putPair(pki, "client");
    it.files.refresh();
    await second.isUp();
  });
});
