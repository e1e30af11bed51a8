import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { RedisSettings, RedisTlsSettings } from "../../src/model/redis-settings.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import { driverKeyHex, lookupOf, shapeOf } from "../unit/store/lookup-fixture.ts";
import { freePort, type RunningRedis, startRedis } from "./store-redis-server.ts";

const STATS = shapeOf(["driver_stats", "conv_rate"]);

const opened: RedisStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function newStore(port: number, settings: Partial<RedisSettings> = {}): RedisStore {
  const store = new RedisStore({ ...plainRedis("127.0.0.1", port), connectTimeoutMs: 1000, ...settings }, "shop", {
    now: () => performance.now(),
    random: () => 0.5,
  });
  opened.push(store);
  store.start(() => {});
  return store;
}

async function upStore(port: number, settings: Partial<RedisSettings>): Promise<RedisStore> {
  const store = newStore(port, settings);
  await vi.waitFor(() => expect(store.state()).toBe("up"), 5000);
  return store;
}

const soon = (): number => performance.now() + 5000;

describe("a server with passwords", () => {
  let server: RunningRedis;
  beforeAll(async () => {
    server = await startRedis(await freePort(), () => [
      ...["--requirepass", "s3cret", "--user", "reader", "on", ">hush-hush", "~*", "+@all", "-info"],
    ]);
  });
  afterAll(() => server.stop());

  test("password alone, and user with password even when INFO is forbidden", async () => {
    const plain = await upStore(server.port, { password: "s3cret" });
    await expect(plain.read([lookupOf(STATS, driverKeyHex(1))], soon())).resolves.toHaveLength(1);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const user = await upStore(server.port, { username: "reader", password: "hush-hush" });
    warn.mockRestore();
    await expect(user.read([lookupOf(STATS, driverKeyHex(1))], soon())).resolves.toHaveLength(1);
  });

  test.each([
    [{}, /NOAUTH/],
    [{ password: "wr0ng-one" }, /WRONGPASS/],
  ])("refused: %j", async (settings, text) => {
    const store = newStore(server.port, settings);
    const read = (): Promise<unknown> =>
      store.read([lookupOf(STATS, driverKeyHex(1))], soon()).catch((error: unknown) => error);
    await vi.waitFor(
      async () => expect(await read()).toMatchObject({ code: "UNAVAILABLE", message: expect.stringMatching(text) }),
      5000,
    );
    expect(String(await read())).not.toContain("wr0ng-one");
    expect(store.state()).toBe("connecting");
  });
});

describe("a server with TLS", () => {
  let server: RunningRedis;
  let file: (name: string) => string;
  beforeAll(async () => {
    const tlsPort = await freePort();
    const plain = await startRedis(await freePort(), (directory) => {
      file = (name) => join(directory, name);
      const subject = ["-subj", "/CN=redis.test", "-addext", "subjectAltName=DNS:redis.test"];
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file("key.pem")];
      execFileSync("openssl", ["req", "-x509", ...key, "-days", "2", "-out", file("cert.pem"), ...subject], {
        stdio: "ignore",
      });
      const files = [
        "--tls-cert-file",
        file("cert.pem"),
        "--tls-key-file",
        file("key.pem"),
        "--tls-ca-cert-file",
        file("cert.pem"),
      ];
      return ["--tls-port", String(tlsPort), ...files];
    });
    server = { ...plain, port: tlsPort };
  });
  afterAll(() => server.stop());

  const tls = (changes: Partial<RedisTlsSettings>): RedisTlsSettings => ({
    ca: undefined,
    cert: file("cert.pem"),
    key: file("key.pem"),
    rejectUnauthorized: true,
    checkHostname: true,
    serverName: "127.0.0.1",
    ...changes,
  });

  test.each([
    ["trusted, name given", () => tls({ ca: file("cert.pem"), serverName: "redis.test" })],
    ["trusted, name not checked", () => tls({ ca: file("cert.pem"), checkHostname: false })],
    ["nothing checked", () => tls({ rejectUnauthorized: false })],
  ])("accepts: %s", async (_, settings) => {
    const store = await upStore(server.port, { tls: settings() });
    await expect(store.read([lookupOf(STATS, driverKeyHex(1))], soon())).resolves.toHaveLength(1);
  });

  test.each([
    ["the wrong name", () => tls({ ca: file("cert.pem") }), /altnames|IP/],
    ["an unknown authority", () => tls({ checkHostname: false }), /self-signed/],
    ["a missing file", () => tls({ ca: file("none.pem") }), /TLS files: ENOENT.*none\.pem/],
  ])("refuses %s and says so", async (_, settings, text) => {
    const store = newStore(server.port, { tls: settings() });
    await vi.waitFor(
      async () =>
        expect(
          await store.read([lookupOf(STATS, driverKeyHex(1))], soon()).catch((error: unknown) => error),
        ).toMatchObject({
          code: "UNAVAILABLE",
          message: expect.stringMatching(text),
        }),
      5000,
    );
    expect(store.state()).toBe("connecting");
  });
});
