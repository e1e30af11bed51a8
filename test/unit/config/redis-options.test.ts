/** Connection strings against what Feast and redis-py made of them (make-connection-string-cases.py), and our rules on top. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isTruthy, type PythonJson, pythonFloatText } from "../../../src/config/python-json.ts";
import { parseConnectionString } from "../../../src/config/redis-connection-string.ts";
import { readRedisOptions } from "../../../src/config/redis-options.ts";

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
  const { settings, problems } = readRedisOptions(text, "/");
  const ours = new Map([
    ["username", settings?.username],
    ["password", settings?.password],
    ["client_name", settings?.clientName],
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
    const { settings, problems } = readRedisOptions(text, "/");
    expect(settings).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(expected)]);
  });

  test("never repeat a piece of a password", () => {
    const { problems, warnings } = readRedisOptions("h:6379,password=hunter2,hunter3=hunter4,hunter5", "/");
    expect(problems).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    expect([...problems, ...warnings].join()).not.toContain("hunter");
  });
});

describe("settings", () => {
  const plain = {
    host: "h",
    port: 6379,
    db: 0,
    username: undefined,
    password: undefined,
    tls: undefined,
    connectTimeoutMs: 2000,
    socketTimeoutMs: undefined,
    clientName: undefined,
  };
  const verified = { rejectUnauthorized: true, checkHostname: true };

  test.each([
    ["h:6379", plain],
    ["h:6379:extra", plain],
    ["h:06379", plain],
    ['h:6379,db="2"', { ...plain, db: 2 }],
    ["h:6379,db=null", plain],
    ["h:6379,username=u,password=p,client_name=c", { ...plain, username: "u", password: "p", clientName: "c" }],
    ["h:6379,socket_timeout=0.5", { ...plain, connectTimeoutMs: 500, socketTimeoutMs: 500 }],
    ["h:6379,socket_timeout=2,socket_connect_timeout=1", { ...plain, connectTimeoutMs: 1000, socketTimeoutMs: 2000 }],
    ["h:6379,ssl_ca_certs=ca.pem", plain],
    ["h:6379,ssl=true", { ...plain, tls: verified }],
    ["h:6379,ssl=true,ssl_cert_reqs=none", { ...plain, tls: { rejectUnauthorized: false, checkHostname: false } }],
    ["h:6379,ssl=true,ssl_cert_reqs=null", { ...plain, tls: { rejectUnauthorized: false, checkHostname: false } }],
    ["h:6379,ssl=true,ssl_cert_reqs=optional", { ...plain, tls: verified }],
    ["h:6379,ssl=true,ssl_check_hostname=false", { ...plain, tls: { rejectUnauthorized: true, checkHostname: false } }],
    [
      "h:6379,ssl=true,ssl_ca_certs=ca.pem,ssl_certfile=/c.pem,ssl_keyfile=k.pem",
      { ...plain, tls: { ...verified, ca: "/work/ca.pem", cert: "/c.pem", key: "/work/k.pem" } },
    ],
    ["h:6379,ssl_ca_path=null,unix_socket_path=", plain],
  ])("%s", (text, expected) => {
    expect(readRedisOptions(text, "/work")).toEqual({ settings: expected, problems: [], warnings: [] });
  });

  test.each([
    ["h:6379,max_connections=5", "the option max_connections is ignored"],
    ["h:6379,ssl=False", "the value of ssl is text, which counts as true"],
    ["h:6379,other:6380", "only the first node is used"],
  ])("%s warns", (text, expected) => {
    expect(readRedisOptions(text, "/").warnings).toEqual([expect.stringContaining(expected)]);
  });
});
