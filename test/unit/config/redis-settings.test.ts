/** `sidecar.redis` and `sidecar.zone` beside a Redis online store: the settings that come of it, and what is refused. */
import { describe, expect, test } from "vitest";
import { plainRedis } from "../../helpers/redis-settings.ts";
import { FEAST, load } from "./make-settings.ts";
import { redisOf, yamlOf } from "./redis-question.ts";

describe("accepted", () => {
  test("the defaults", () => {
    expect(redisOf(load(yamlOf({})))).toEqual(plainRedis("h", 6379));
  });

  test("every option arrives", () => {
    const outcome =
      load(`${FEAST}online_store: {type: redis, connection_string: 'h:6379,ssl=true,username=u,password=p,client_name=c,db=2,socket_connect_timeout=3'}
sidecar:
  zone: z1
  redis:
    read_from: nearest
    replicas: ["a:1", {address: "b:2", zone: z2}, "[::1]:3", {address: "[fd00::2]:4"}]
    max_lag: 200ms
    node_timeout: 7ms
    hedge: {max_ratio: 0.1, min_delay: 2ms}
    retry: {max_ratio: 0}
    tls: {server_name: redis.example, ca: ca.pem, cert: c.pem, key: ./k.pem}
    address_map: {"10.0.0.1:6379": "out:1", "[fd00::1]:6379": "[::1]:2"}
    credential_command: [./get-token, --user, "7"]
`);
    expect(redisOf(outcome)).toEqual({
      ...plainRedis("h", 6379),
      username: "u",
      password: "p",
      clientName: "c",
      db: 2,
      connectTimeoutMs: 3000,
      zone: "z1",
      readFrom: "nearest",
      replicas: [
        { address: { host: "a", port: 1 }, zone: "" },
        { address: { host: "b", port: 2 }, zone: "z2" },
        { address: { host: "::1", port: 3 }, zone: "" },
        { address: { host: "fd00::2", port: 4 }, zone: "" },
      ],
      maxLagMs: 200,
      nodeTimeoutMs: 7,
      hedge: { maxRatio: 0.1, minDelayMs: 2 },
      retry: { maxRatio: 0 },
      freshnessChannel: "",
      tls: {
        ca: `${outcome.repoDir}/ca.pem`,
        cert: `${outcome.repoDir}/c.pem`,
        key: `${outcome.repoDir}/k.pem`,
        rejectUnauthorized: true,
        checkHostname: true,
        serverName: "redis.example",
      },
      addressMap: new Map([
        ["10.0.0.1:6379", { host: "out", port: 1 }],
        ["fd00::1:6379", { host: "::1", port: 2 }],
      ]),
      credentialCommand: [`${outcome.repoDir}/get-token`, "--user", "7"],
    });
  });

  test("a program without a slash is left to PATH", () => {
    expect(redisOf(load(yamlOf({ redis: "{credential_command: [aws, a/b]}" })))?.credentialCommand).toEqual([
      "aws",
      "a/b",
    ]);
  });

  test("the environment", () => {
    const env = {
      FEAST_SIDECAR__ZONE: "010",
      FEAST_SIDECAR__REDIS__REPLICAS: '["a:1"]',
      FEAST_SIDECAR__REDIS__ADDRESS_MAP: '{"a:1": "b:2"}',
      FEAST_SIDECAR__REDIS__CREDENTIAL_COMMAND: "[get, token]",
      FEAST_SIDECAR__REDIS__SENTINEL__PASSWORD: "1234",
    };
    expect(redisOf(load(yamlOf({}), env))).toMatchObject({
      zone: "010",
      replicas: [{ address: { host: "a", port: 1 }, zone: "" }],
      addressMap: new Map([["a:1", { host: "b", port: 2 }]]),
      credentialCommand: ["get", "token"],
      sentinel: { password: "1234" },
    });
  });

  test("options for Redis beside SQLite are checked and unused", () => {
    const flow = "{zone: a, redis: {replicas: ['h:1'], tls: {ca: gone.pem}, sentinel: {tls: {}}, read_from: primary}}";
    expect(load(`${FEAST}sidecar: ${flow}\n`)).toMatchObject({
      problems: [],
      settings: { onlineStore: { type: "sqlite" }, warnings: [] },
    });
  });
});

describe("refused", () => {
  const list = "expected a list of host:port, [IPv6]:port (in quotes) or {address: host:port, zone: name}";
  const map = 'expected a map from host:port to host:port, such as {"10.0.0.1:6379": "redis.example:16379"}';
  const command = "expected a list of a program and its arguments, such as [get-token, --user, feast]";
  const sentinelTls =
    "expected a map with any of the keys ca, cert, key, server_name; {} for TLS with the system's CAs";
  const replicas = (items: string): string => `{replicas: ${items}}`;
  test.each([
    [replicas("h:1"), "replicas = ***: text does not fit"],
    [replicas("[hunter]"), `replicas = ***: replica 1: not an address; ${list}`],
    [replicas("[a:1, a:0]"), `replicas = ***: replica 2: a port is at least 1; ${list}`],
    [replicas("[a:65536]"), `replicas = ***: replica 1: a port is at most 65535; ${list}`],
    [replicas('["[::g]:1"]'), `replicas = ***: replica 1: the brackets do not hold an IPv6 address; ${list}`],
    [replicas('["unix:/run/hunter"]'), `replicas = ***: replica 1: not host:port; ${list}`],
    [replicas("[6379]"), `replicas = ***: replica 1: not text; put host:port in quotes; ${list}`],
    [replicas("[a:1, b:1, {address: A:1}]"), `replicas = ***: replica 3 has the address of replica 1; ${list}`],
    [
      replicas("[{address: a:1, zon: hunter}]"),
      `replicas = ***: replica 1: a key is unknown; did you mean zone?; ${list}`,
    ],
    [replicas("[{address: a:1, 5: hunter}]"), `replicas = ***: replica 1: a key is unknown; ${list}`],
    [replicas("[{zone: a}]"), `replicas = ***: replica 1: the key address is missing; ${list}`],
    [
      replicas("[{address: a:1, zone: 1}]"),
      `replicas = ***: replica 1: its zone is not text; put it in quotes; ${list}`,
    ],
    [
      replicas("[a:1, H:6379]"),
      "replicas = ***: replica 2 has the address of the primary in online_store.connection_string",
    ],
    ["{address_map: [a:1]}", `address_map = ***: a list of 1 does not fit; ${map}`],
    ["{address_map: {a: b:1}}", `address_map = ***: announced address 1: not an address; ${map}`],
    ["{address_map: {5: b:1}}", `address_map = ***: announced address 1: not text; put host:port in quotes; ${map}`],
    ["{address_map: {a:1: b:1, a:2: hunter}}", `address_map = ***: address to use 2: not an address; ${map}`],
    [
      "{credential_command: hunter}",
      `credential_command = ***: text is not split into words: there is no shell; ${command}`,
    ],
    ["{credential_command: {a: b}}", `credential_command = ***: a map with 1 key does not fit; ${command}`],
    ["{credential_command: ['']}", `credential_command = ***: the program is empty; ${command}`],
    ["{credential_command: [a, '']}", `credential_command = ***: argument 1 is empty; ${command}`],
    [
      "{credential_command: [a, b, 5]}",
      `credential_command = ***: argument 2 is not text; put it in quotes; ${command}`,
    ],
    ['{credential_command: ["a\\0b"]}', `credential_command = ***: the program holds a zero byte; ${command}`],
    ["{sentinel: {tls: true}}", `sentinel.tls = ***: true is not a map; ${sentinelTls}`],
    [
      "{sentinel: {tls: off}}",
      `sentinel.tls = ***: false is not a map; leave the key out for cleartext; ${sentinelTls}`,
    ],
    ["{sentinel: {tls: x}}", `sentinel.tls = ***: text does not fit; ${sentinelTls}`],
    ["{sentinel: {tls: {cret: x}}}", "sentinel.tls.cret = ***: unknown key; did you mean cert?"],
    ["{sentinel: {tls: {ca: 5}}}", "sentinel.tls.ca = ***: a whole number does not fit; expected the path of a file"],
    [
      "{sentinel: {tls: {server_name: 'a b'}}}",
      "sentinel.tls.server_name = ***: text does not fit; expected a host name or an IP address",
    ],
    ["{tls: {server_name: 'h:1'}}", "tls.server_name = ***: text does not fit; expected a host name or an IP address"],
    ["{tls: {ca: ''}}", "tls.ca = ***: text does not fit; expected the path of a file"],
    ["{max_lag: 9ms}", "max_lag = ***: text does not fit; expected a duration with a unit"],
    ["{node_timeout: 0s}", "node_timeout = ***: text does not fit; expected a duration with a unit"],
    ["{hedge: {max_ratio: 1.5}}", "hedge.max_ratio = ***: a number does not fit; expected a ratio from 0 to 1"],
    ["{retry: {max_ratio: 2}}", "retry.max_ratio = ***: a whole number does not fit; expected a ratio from 0 to 1"],
    ["{read_from: off}", "read_from = ***: YAML reads this unquoted word as a boolean"],
  ])("%s", (redis, expected) => {
    const { problems } = load(yamlOf({ redis }));
    expect(problems).toEqual([expect.stringContaining(`feature_store.yaml line 5: sidecar.redis.${expected}`)]);
    expect(problems.join()).not.toContain("hunter");
  });

  test.each([
    [
      "redis_cluster",
      "with redis_type redis_cluster the cluster says itself what replicas there are; leave the key out",
    ],
    ["redis_sentinel", "with redis_type redis_sentinel the sentinels know the replicas; leave the key out"],
  ] as const)("replicas beside %s", (type, expected) => {
    expect(load(yamlOf({ type, redis: "{replicas: ['a:1']}" })).problems).toEqual([
      `feature_store.yaml line 5: sidecar.redis.replicas = ***: ${expected}`,
    ]);
    expect(load(yamlOf({ type, redis: "{replicas: []}" })).problems).toEqual([]);
  });

  test("every problem inside a list or a map, each with its line", () => {
    const redis = `
    replicas:
      - hunter
      - a:1
      - address: b
        zone: 5
        hunt: x
      - zone: 7
      - A:1
      - adress: b:1
    address_map:
      a: b:1
      b:1: hunter
      5: 6
    credential_command:
      - get
      - ""
      - 5
    sentinel:
      tls:
        ca: on
        cret: hunter
        server_name: "h:1"`;
    const { problems } = load(yamlOf({ redis }));
    expect(problems).toEqual(
      [
        `7: sidecar.redis.replicas = ***: replica 1: not an address; ${list}`,
        `9: sidecar.redis.replicas = ***: replica 3: not an address; ${list}`,
        `10: sidecar.redis.replicas = ***: replica 3: its zone is not text; put it in quotes; ${list}`,
        `11: sidecar.redis.replicas = ***: replica 3: a key is unknown; ${list}`,
        `12: sidecar.redis.replicas = ***: replica 4: its zone is not text; put it in quotes; ${list}`,
        `12: sidecar.redis.replicas = ***: replica 4: the key address is missing; ${list}`,
        `13: sidecar.redis.replicas = ***: replica 5 has the address of replica 2; ${list}`,
        `14: sidecar.redis.replicas = ***: replica 6: a key is unknown; did you mean address?; ${list}`,
        `16: sidecar.redis.address_map = ***: announced address 1: not an address; ${map}`,
        `17: sidecar.redis.address_map = ***: address to use 2: not an address; ${map}`,
        `18: sidecar.redis.address_map = ***: announced address 3: not text; put host:port in quotes; ${map}`,
        `18: sidecar.redis.address_map = ***: address to use 3: not text; put host:port in quotes; ${map}`,
        `21: sidecar.redis.credential_command = ***: argument 1 is empty; ${command}`,
        `22: sidecar.redis.credential_command = ***: argument 2 is not text; put it in quotes; ${command}`,
        "25: sidecar.redis.sentinel.tls.ca = ***: YAML reads this unquoted word as a boolean; put a word in quotes; expected the path of a file",
        "26: sidecar.redis.sentinel.tls.cret = ***: unknown key; did you mean cert?",
        "27: sidecar.redis.sentinel.tls.server_name = ***: text does not fit; expected a host name or an IP address, without port and brackets",
      ].map((each) => `feature_store.yaml line ${each}`),
    );
  });

  test("problems of both parts come in one run", () => {
    const redis = "{tls: {cert: c.pem}, replicas: [x]}";
    expect(load(yamlOf({ string: "h", redis })).problems).toEqual([
      expect.stringContaining("line 5: sidecar.redis.replicas = ***"),
      expect.stringContaining("line 3: online_store.connection_string = ***: the first node has no port"),
      expect.stringContaining("line 5: sidecar.redis.tls.key: the key is missing"),
    ]);
  });
});

describe("warnings", () => {
  test.each([
    [
      { redis: "{sentinel: {username: u, tls: {}}}" },
      [
        "sidecar.redis.sentinel.username: unused, because online_store.redis_type is not redis_sentinel",
        "sidecar.redis.sentinel.tls: unused, because online_store.redis_type is not redis_sentinel",
      ],
    ],
    [
      { string: "h:1,ssl=true,ssl_cert_reqs=none", redis: "{tls: {ca: ca.pem, server_name: x}}" },
      ["sidecar.redis.tls.ca: without effect, because of ssl_cert_reqs=none in the connection string"],
    ],
    [{ type: "redis_sentinel", redis: "{sentinel: {username: u, tls: {}}}" } as const, []],
  ])("%o", (question, expected) => {
    const { settings, problems } = load(yamlOf(question));
    expect(problems).toEqual([]);
    expect(settings?.warnings).toEqual(expected);
  });
});
