/** Connection strings against what Feast and redis-py made of them (make-connection-string-cases.py), and our rules on top. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isTruthy, type PythonJson, pythonFloatText } from "../../../src/config/python-json.ts";
import { parseConnectionString } from "../../../src/config/redis-connection-string.ts";
import { readRedisOptions } from "../../../src/config/redis-options.ts";

const PLAIN = { cwd: "/work", kind: "plain", client: "redis" } as const;
const CLUSTER = { ...PLAIN, kind: "cluster" } as const;
const SENTINEL = { ...PLAIN, kind: "sentinel" } as const;

interface StringCase {
  readonly text: string;
  readonly nodes: readonly (readonly [host: string, port: string | null])[];
  readonly options: readonly (readonly [name: string, value: unknown, truth: boolean])[];
  readonly sent: Readonly<Record<string, string | { readonly error: string }>>;
}

const CASES = JSON.parse(
  readFileSync(new URL("./connection-string-cases.json", import.meta.url), "utf8"),
) as readonly StringCase[];

test.each(CASES.map((each) => [JSON.stringify(each.text), each] as const))(
  "%s splits and types as in Feast",
  (_, each) => {
    const { nodes, options } = parseConnectionString(each.text);
    expect(nodes.map(({ host, port }) => [host, port ?? null])).toEqual(each.nodes);
    expect([...options].map(([name, { value }]) => [name, encode(value), isTruthy(value)])).toEqual(each.options);
  },
);

const CREDENTIALS = CASES.flatMap(({ text, sent }) =>
  Object.entries(sent).map(([name, bytes]) => [JSON.stringify(text), name, text, bytes] as const),
);

test.each(CREDENTIALS)("%s sends %s as redis-py", (_, name, text, sent) => {
  const { connection, problems } = readRedisOptions(text, PLAIN);
  const ours = new Map([
    ["username", connection?.username],
    ["password", connection?.password],
    ["client_name", connection?.clientName],
  ]);
  if (typeof sent === "string") expect([ours.get(name) ?? "", problems]).toEqual([sent, []]);
  else expect(problems).toEqual([expect.stringContaining(`${name} is read as JSON`)]);
});

function encode(value: PythonJson): unknown {
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") return { float: pythonFloatText(value) };
  if (typeof value !== "object" || value === null) return value;
  return { container: value.isEmpty ? 0 : 1 };
}

describe("problems", () => {
  test.each([
    ["", "the first node has no port"],
    ["password=x", "there is no node"],
    ["localhost", "the first node has no port"],
    ["redis://h:6379/0", "the port of the first node is not a number"],
    ["::1:6379", "the port of the first node is not a number"],
    [":6379", "the host of the first node is not a host name"],
    ["h:0", "the port of the first node"],
    ["h:65536", "the port of the first node"],
    [" h:6379", "the host of the first node"],
    ["h:6379, db=1", "part 2 is not an option of redis-py (spaces around commas are not trimmed)"],
    ["h:6379,password=a,b=c", "part 3 is not an option of redis-py (a password cannot hold a comma)"],
    ["h:6379,db=x", "db is not a whole number"],
    ["h:6379,db=-1", "db is not a whole number"],
    ["h:6379,db=true", "db is not a whole number"],
    ["h:6379,socket_timeout=abc", "socket_timeout is not a number of seconds"],
    ["h:6379,socket_connect_timeout=0", "socket_connect_timeout is not a number of seconds"],
    ["h:6379,ssl=true,ssl_cert_reqs=maybe", "ssl_cert_reqs is not one of none, optional, required"],
    ["h:6379,ssl=true,ssl_ca_certs=", "ssl_ca_certs is not the path of a file"],
    ["h:6379,ssl=true,ssl_keyfile=k.pem", "ssl_keyfile needs ssl_certfile"],
    ["h:6379,unix_socket_path=/x", "the option unix_socket_path is not built yet"],
    ["h:6379,ssl_ca_path=/x", "the option ssl_ca_path is not built yet"],
  ])("%s", (text, expected) => {
    const { connection, problems } = readRedisOptions(text, PLAIN);
    expect(connection).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(expected)]);
  });

  test("never repeat a piece of a password", () => {
    const { problems, warnings } = readRedisOptions("h:6379,password=hunter2,hunter3=hunter4,hunter5", PLAIN);
    expect(problems).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    expect([...problems, ...warnings].join()).not.toContain("hunter");
  });
});

describe("what a plain connection string says", () => {
  const plain = {
    endpoints: [{ host: "h", port: 6379 }],
    db: 0,
    username: undefined,
    password: undefined,
    tls: undefined,
    connectTimeoutMs: 2000,
    clientName: undefined,
  };
  const verified = { ca: undefined, cert: undefined, key: undefined, rejectUnauthorized: true, checkHostname: true };

  test.each([
    ["h:6379", plain],
    ["h:6379:extra", plain],
    ["h:06379", plain],
    ['h:6379,db="2"', { ...plain, db: 2 }],
    ["h:6379,db=null", plain],
    ["h:6379,username=u,password=p,client_name=c", { ...plain, username: "u", password: "p", clientName: "c" }],
    ["h:6379,socket_timeout=0.5", { ...plain, connectTimeoutMs: 500 }],
    ["h:6379,socket_timeout=2,socket_connect_timeout=1", { ...plain, connectTimeoutMs: 1000 }],
    ["h:6379,ssl_ca_certs=ca.pem", plain],
    ["h:6379,ssl=true", { ...plain, tls: verified }],
    [
      "h:6379,ssl=true,ssl_cert_reqs=none",
      { ...plain, tls: { ...verified, rejectUnauthorized: false, checkHostname: false } },
    ],
    [
      "h:6379,ssl=true,ssl_cert_reqs=null",
      { ...plain, tls: { ...verified, rejectUnauthorized: false, checkHostname: false } },
    ],
    ["h:6379,ssl=true,ssl_cert_reqs=optional", { ...plain, tls: verified }],
    ["h:6379,ssl=true,ssl_check_hostname=false", { ...plain, tls: { ...verified, checkHostname: false } }],
    [
      "h:6379,ssl=true,ssl_ca_certs=ca.pem,ssl_certfile=/c.pem,ssl_keyfile=k.pem",
      { ...plain, tls: { ...verified, ca: "/work/ca.pem", cert: "/c.pem", key: "/work/k.pem" } },
    ],
    [
      "h:6379,ssl=true,ssl_certfile=both.pem",
      { ...plain, tls: { ...verified, cert: "/work/both.pem", key: "/work/both.pem" } },
    ],
    ["h:6379,ssl_ca_path=null,unix_socket_path=", plain],
  ])("%s", (text, expected) => {
    expect(readRedisOptions(text, PLAIN)).toEqual({ connection: expected, problems: [], warnings: [] });
  });

  test.each([
    ["h:6379,max_connections=5", "the option max_connections is ignored"],
    ["h:6379,ssl=False", "the value of ssl is text, which counts as true"],
    ["h:6379,other:6380", "only the first node is used"],
  ])("%s warns", (text, expected) => {
    expect(readRedisOptions(text, PLAIN).warnings).toEqual([expect.stringContaining(expected)]);
  });
});

describe("cluster and sentinel", () => {
  const [a, b] = [
    { host: "a", port: 1 },
    { host: "b", port: 2 },
  ];

  test.each([
    [CLUSTER, "a:1,b:2", [a, b]],
    [SENTINEL, "a:1,b:2", [a, b]],
    [CLUSTER, "a:1,b:2,ssl=true,a:01", [a, b]],
    [CLUSTER, "a:1", [a]],
    [PLAIN, "a:1", [a]],
  ])("%o takes every node of %s once", (context, text, endpoints) => {
    const { connection, problems, warnings } = readRedisOptions(text, context);
    expect([connection?.endpoints, problems, warnings]).toEqual([endpoints, [], []]);
  });

  test("a sentinel's database is that of the nodes behind it", () => {
    expect(readRedisOptions("a:1,db=3", SENTINEL).connection).toMatchObject({ db: 3 });
  });

  test.each([
    [CLUSTER, "a:1,b", "node 2 has no port (a password cannot hold a comma)"],
    [SENTINEL, "a:1,b:x", "the port of node 2 is not a number"],
    [SENTINEL, "a:1,b:2,/:3", "the host of node 3 is not a host name"],
    [SENTINEL, "password=x", "there is no node"],
    [CLUSTER, "a:1,db=0", "Argument 'db' is not possible to use in cluster mode"],
    [CLUSTER, "a:1,db=null", "Argument 'db' is not possible to use in cluster mode"],
    [CLUSTER, "a:1,url=redis://b:2", "the option url is not built yet; it cannot be ignored safely: name the nodes"],
    [CLUSTER, "a:1,address_remap=x", "use sidecar.redis.address_map"],
    [SENTINEL, 'a:1,sentinel_kwargs={"password":"hunter2"}', "use sidecar.redis.sentinel"],
    [SENTINEL, "a:1,force_master_ip=10.0.0.1", "use sidecar.redis.address_map"],
    [SENTINEL, "a:1,min_other_sentinels=1", "the option min_other_sentinels is not built yet"],
    [SENTINEL, "a:1,read_from_replicas=true", "part 2 is not an option of redis-py"],
    [PLAIN, "a:1,sentinel_kwargs={}", "part 2 is not an option of redis-py"],
  ])("%o refuses %s", (context, text, expected) => {
    const { connection, problems } = readRedisOptions(text, context);
    expect([connection, problems]).toEqual([undefined, [expect.stringContaining(expected)]]);
    expect(problems.join()).not.toContain("hunter");
  });

  test.each([
    [{ ...CLUSTER, client: "glide" } as const, "a:1,db=3", "db is ignored in cluster mode, as with client: glide"],
    [CLUSTER, "a:1,skip_full_coverage_check=true", "the option skip_full_coverage_check is ignored"],
    [CLUSTER, "a:1,read_from_replicas=true", "the option read_from_replicas is ignored"],
    [SENTINEL, "a:1,check_connection=true", "the option check_connection is ignored"],
  ])("%o warns of %s", (context, text, expected) => {
    const { connection, warnings } = readRedisOptions(text, context);
    expect(connection).toMatchObject({ endpoints: [a], db: 0 });
    expect(warnings).toEqual([expect.stringContaining(expected)]);
  });

  test.each(["sentinel_kwargs={}", "sentinel_kwargs=null", "min_other_sentinels=0", "force_master_ip="])(
    "%s asks for nothing",
    (option) => {
      expect(readRedisOptions(`a:1,${option}`, SENTINEL)).toMatchObject({ problems: [], warnings: [] });
    },
  );
});
