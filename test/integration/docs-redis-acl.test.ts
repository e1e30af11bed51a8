/** The ACL users of docs/redis.md on real servers: a sidecar reads with them and is refused nothing, and they can do no more. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { featureField } from "../../src/store/redis/field-hash.ts";
import { RedisStore } from "../../src/store/redis/redis-store.ts";
import { askHttp, askUntil, TRIPS } from "../helpers/ask-sidecar.ts";
import { loadGoldenRedis, type RepositoryCopy } from "../helpers/feature-repository.ts";
import { plainRedis } from "../helpers/redis-settings.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../unit/store/lookup-fixture.ts";
import { freePort, startRedis } from "./store-redis-server.ts";

const PAGE = readFileSync(fileURLToPath(new URL("../../docs/redis.md", import.meta.url)), "utf8");
const PASSWORD = "of-the-reader";
/** Words after ACL SETUSER, with the project of the golden repository: for nodes, for those of a cluster besides, for sentinels. */
const [FOR_NODES = [], FOR_CLUSTER = [], FOR_SENTINELS = []] = [...PAGE.matchAll(/^ACL SETUSER (.*)$/gm)].map(
  ([, rules = ""]) => rules.replace(">PASSWORD", `>${PASSWORD}`).replace("*shop", "*demo").split(" "),
);

const { start, repository, atEnd } = useSidecars();

interface Server {
  readonly port: number;
  /** With all rights. */
  readonly client: Redis;
}

function connect(port: number, login: { username?: string; password?: string } = {}): Redis {
  const client = new Redis({ host: "127.0.0.1", port, disableClientInfo: true, enableReadyCheck: false, ...login });
  // It is tried again while the server starts.
  client.on("error", () => {});
  atEnd(() => client.disconnect());
  return client;
}

async function server(args: readonly string[] = []): Promise<Server> {
  const redis = await startRedis(await freePort(), () => args);
  atEnd(() => redis.stop());
  const client = connect(redis.port);
  await client.call("ACL", ["SETUSER", ...FOR_NODES]);
  return { port: redis.port, client };
}

async function sentinelOf(primaryPort: number): Promise<Server> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "feast-sentinel-"));
  const lines = [`port ${port}`, "bind 127.0.0.1", `sentinel monitor mymaster 127.0.0.1 ${primaryPort} 1`];
  writeFileSync(join(directory, "conf"), `${lines.join("\n")}\n`);
  const child = spawn("redis-server", [join(directory, "conf"), "--sentinel"], { stdio: "ignore", cwd: directory });
  atEnd(async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true });
  });
  const client = connect(port);
  await client.call("ACL", ["SETUSER", ...FOR_SENTINELS]);
  return { port, client };
}

/** The golden repository with the user in its connection string. */
function repositoryAt(port: number, options: string, more: string, sidecar = "{}"): RepositoryCopy {
  const repo = repository("redis", { redisPort: port, sidecar });
  const file = join(repo.dir, "feature_store.yaml");
  const login = `,username=feast,password=${PASSWORD}${options}`;
  const yaml = readFileSync(file, "utf8").replace(/(connection_string: [^,\n]*).*/, `$1${login}${more}`);
  writeFileSync(file, yaml);
  return repo;
}

async function expectNoRefusal({ client }: Server): Promise<void> {
  expect(await client.call("ACL", "LOG")).toEqual([]);
}

async function commandsUsed({ client }: Server): Promise<string[]> {
  const stats = await client.info("commandstats");
  return [...stats.matchAll(/^cmdstat_(.*?):/gm)].map(([, name = ""]) => name);
}

it("a primary and its replica, in another database", async () => {
  const primary = await server(["--repl-diskless-sync-delay", "0"]);
  const replica = await server(["--replicaof", `127.0.0.1 ${primary.port}`]);
  await loadGoldenRedis(primary.port);
  await primary.client.call("SWAPDB", "0", "3");
  const sidecar = await start({ repo: repositoryAt(primary.port, ",db=3", "") });
  expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
  // Found, in sync, and read.
  const used = await askUntil(
    async () => {
      expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
      return await commandsUsed(replica);
    },
    (names) => names.includes("hmget"),
  );
  expect(used).toEqual(expect.arrayContaining(["hello", "select", "ping", "info"]));
  await expectNoRefusal(primary);
  await expectNoRefusal(replica);
});

it("rows of many fields, with the cheaper command; and nothing but the project's rows", async () => {
  const redis = await server();
  const names = Array.from({ length: 40 }, (_, index) => `f${index}`);
  const shape = shapeOf(["wide", ...names]);
  const key = Buffer.concat([Buffer.from(driverKeyHex(1), "hex"), Buffer.from("demo")]);
  await redis.client.hset(key, ...names.flatMap((name, index) => [featureField("wide", name), Buffer.from([index])]));
  const settings = { ...plainRedis("127.0.0.1", redis.port), username: "feast", password: PASSWORD };
  const store = new RedisStore(settings, "demo", { now: () => performance.now(), random: () => 0.5 });
  atEnd(() => store.close());
  store.start(() => {});
  const read = async (): Promise<string[]> => {
    const [block] = await store.read([lookupOf(shape, driverKeyHex(1))], performance.now() + 5000);
    expect(block && rowHex(block, shape, 0)).toEqual([
      ...names.map((_, index) => Buffer.from([index]).toString("hex")),
      null,
    ]);
    return await commandsUsed(redis);
  };
  await askUntil(
    async () => store.state(),
    (state) => state === "up",
  );
  await askUntil(read, (used) => used.includes("hgetall"));
  await read();
  expect(await commandsUsed(redis)).toEqual(expect.arrayContaining(["hlen", "object|encoding"]));
  await expectNoRefusal(redis);
  const user = connect(redis.port, { username: "feast", password: PASSWORD });
  expect(await user.hmget(key, "a")).toEqual([null]);
  await expect(user.hset(key, "a", "b")).rejects.toThrow("NOPERM");
  await expect(user.hget(key, "a")).rejects.toThrow("NOPERM");
  await expect(user.hmget("another", "a")).rejects.toThrow("NOPERM");
  await expect(user.keys("*")).rejects.toThrow("NOPERM");
});

it("a cluster", async () => {
  const node = await server(["--cluster-enabled", "yes", "--cluster-port", String(await freePort())]);
  await node.client.call("CLUSTER", ["ADDSLOTSRANGE", "0", "16383"]);
  await node.client.call("ACL", ["SETUSER", ...FOR_CLUSTER]);
  await askUntil(
    async () => String(await node.client.call("CLUSTER", "INFO")),
    (info) => info.includes("cluster_state:ok"),
  );
  await loadGoldenRedis(node.port);
  const sidecar = await start({ repo: repositoryAt(node.port, "", "\n  redis_type: redis_cluster") });
  expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
  await expectNoRefusal(node);
  const needed = ["readonly", "cluster|slots", "cluster|info", "hmget", "info"];
  expect(await commandsUsed(node)).toEqual(expect.arrayContaining(needed));
  expect(await connect(node.port, { username: "feast", password: PASSWORD }).call("ASKING")).toBe("OK");
});

it("sentinels", async () => {
  const primary = await server();
  await loadGoldenRedis(primary.port);
  const sentinel = await sentinelOf(primary.port);
  const sidecar = await start({
    repo: repositoryAt(
      sentinel.port,
      "",
      "\n  redis_type: redis_sentinel",
      `{redis: {sentinel: {username: feast, password: ${PASSWORD}}}}`,
    ),
  });
  expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
  await askUntil(
    async () => String(await sentinel.client.call("CLIENT", "LIST")),
    (list) => / sub=[1-9].* user=feast /.test(list),
  );
  await expectNoRefusal(primary);
  await expectNoRefusal(sentinel);
});
