/** TLS toward Redis nodes and sentinels: Feast's own options and those of `sidecar.redis`. */
import { describe, expect, test } from "vitest";
import { FEAST, load } from "./make-settings.ts";
import { redisOf, yamlOf } from "./redis-question.ts";

describe("accepted", () => {
  test("sentinels have credentials and TLS of their own", () => {
    const redis =
      "{sentinel: {username: su, password: sp, tls: {ca: ca.pem, cert: c.pem, key: k.pem, server_name: s.example}}}";
    const outcome = load(yamlOf({ type: "redis_sentinel", string: "s1:1,s2:2,password=p", redis }));
    expect(redisOf(outcome)).toMatchObject({
      kind: "sentinel",
      endpoints: [
        { host: "s1", port: 1 },
        { host: "s2", port: 2 },
      ],
      password: "p",
      username: undefined,
      tls: undefined,
      sentinel: {
        username: "su",
        password: "sp",
        tls: {
          ca: `${outcome.repoDir}/ca.pem`,
          cert: `${outcome.repoDir}/c.pem`,
          key: `${outcome.repoDir}/k.pem`,
          rejectUnauthorized: true,
          checkHostname: true,
          serverName: "s.example",
        },
      },
    });
  });

  test("an empty map is TLS with the system's CAs, verified whatever Feast's options say of the nodes", () => {
    const string = "s1:1,ssl=true,ssl_cert_reqs=none";
    const outcome = load(yamlOf({ type: "redis_sentinel", string, redis: "{sentinel: {username: '', tls: {}}}" }));
    const files = { ca: undefined, cert: undefined, key: undefined, serverName: "s1" };
    expect(redisOf(outcome)).toMatchObject({
      tls: { ...files, rejectUnauthorized: false, checkHostname: false },
      sentinel: {
        username: undefined,
        password: undefined,
        tls: { ...files, rejectUnauthorized: true, checkHostname: true },
      },
    });
  });

  const ssl = "h:1,x:2,ssl=true,ssl_ca_certs=f.pem,ssl_certfile=fc.pem,ssl_keyfile=/fk.pem";
  const feast = { ca: "/cwd/f.pem", cert: "/cwd/fc.pem", key: "/fk.pem", serverName: "h" };
  test.each<[string, (repoDir: string) => object]>([
    ["{}", () => feast],
    ["{tls: {server_name: 10.0.0.1}}", () => ({ ...feast, serverName: "10.0.0.1" })],
    ["{tls: {ca: ca.pem}}", (dir) => ({ ...feast, ca: `${dir}/ca.pem` })],
    ["{tls: {cert: c.pem, key: c.pem}}", (dir) => ({ ...feast, cert: `${dir}/c.pem`, key: `${dir}/c.pem` })],
    ["{tls: {ca: , server_name: }}", () => feast],
  ])("TLS of %s on top of Feast's", (redis, expected) => {
    const outcome = load(yamlOf({ type: "redis_cluster", string: ssl, redis }));
    expect(redisOf(outcome)?.tls).toEqual({
      rejectUnauthorized: true,
      checkHostname: true,
      ...expected(outcome.repoDir),
    });
  });
});

describe("refused", () => {
  test("TLS options while the connection string has no TLS, each with its line", () => {
    const yaml = `${FEAST}online_store: {type: redis, connection_string: 'h:1,ssl=false'}
sidecar:
  redis:
    tls:
      ca: ca.pem
      server_name: h
`;
    const { problems } = load(yaml, { FEAST_SIDECAR__REDIS__TLS__KEY: "gone.pem" });
    const off = "TLS is off: the connection string has no ssl=true;";
    expect(problems).toEqual([
      expect.stringContaining(`feature_store.yaml line 8: sidecar.redis.tls.server_name = ***: ${off}`),
      expect.stringContaining(`feature_store.yaml line 7: sidecar.redis.tls.ca = ***: ${off}`),
      expect.stringContaining(
        `environment variable FEAST_SIDECAR__REDIS__TLS__KEY: sidecar.redis.tls.key = ***: ${off}`,
      ),
    ]);
  });

  const unreadable = "the file cannot be read (ENOENT); expected a PEM file, relative to the repository";
  test.each([
    ["{tls: {cert: c.pem}}", ["tls.key: the key is missing; a client certificate needs sidecar.redis.tls.cert"]],
    ["{tls: {key: k.pem}}", ["tls.cert: the key is missing; a client certificate needs sidecar.redis.tls.cert"]],
    ["{tls: {ca: gone.pem}}", [`tls.ca = ***: ${unreadable}`]],
    ["{sentinel: {tls: {cert: c.pem}}}", ["sentinel.tls.key: the key is missing; a client certificate needs"]],
    [
      "{sentinel: {tls: {ca: gone, cert: gone2, key: /gone3}}}",
      [
        `sentinel.tls.ca = ***: ${unreadable}`,
        `sentinel.tls.cert = ***: ${unreadable}`,
        `sentinel.tls.key = ***: ${unreadable}`,
      ],
    ],
  ])("files of %s", (redis, expected) => {
    expect(load(yamlOf({ type: "redis_sentinel", string: "h:1,ssl=true", redis })).problems).toEqual(
      expected.map((each) => expect.stringContaining(`feature_store.yaml line 5: sidecar.redis.${each}`)),
    );
  });
});
