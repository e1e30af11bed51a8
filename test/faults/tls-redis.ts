/** A primary and replicas that speak TLS only, know clients by certificate and ask for a password; both can be exchanged while they run. */
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestPki, type TestPki } from "../helpers/test-pki.ts";
import type { RedisAccess } from "./connect-redis.ts";
import { openPlainRedis, type PlainRedis } from "./plain-redis.ts";
import type { Stage } from "./stage.ts";

const ADMIN_PASSWORD = "of-the-tests";
const USER = "feast";
const FIRST_PASSWORD = "first-secret";
const SECOND_PASSWORD = "second-secret";
/** What a reader needs: rows, the handshake, and who leads whom. */
const RIGHTS = ["~*", "&*", "+@read", "+@connection", "+info", "+role"];
/** Far longer than a run: the rotation is told by SIGHUP. */
const LIFETIME_SECONDS = 3_600;

export interface TlsRedis extends PlainRedis {
  /** New CA, server certificates, client certificate and password; the old ones are good for nothing on a new connection. */
  rotate(announce: () => Promise<void>): Promise<void>;
  /** CLIENT KILL TYPE normal on a node, for the sidecar's user. @returns how many connections were ended */
  killClients(node: number): Promise<number>;
  /** Connections of the sidecar's user on a node. */
  connections(node: number): Promise<number>;
}

export async function openTlsRedis(stage: Stage, replicas: number): Promise<TlsRedis> {
  const [first, second] = [createTestPki(), createTestPki()];
  const directory = mkdtempSync(join(tmpdir(), "feast-fault-tls-"));
  stage.own(() => {
    first.remove();
    second.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  const file = (name: string): string => join(directory, name);
  const install = (pki: TestPki): void => {
    for (const name of ["server", "client"] as const) {
      for (const kind of ["key", "pem"] as const) replace(pki.file(name, kind), file(`${name}.${kind}`));
    }
  };
  install(first);
  replace(first.file("ca", "pem"), file("ca.pem"));
  writeCredentials(directory, FIRST_PASSWORD);
  const access = (): RedisAccess => ({
    password: ADMIN_PASSWORD,
    // This is the harness, not what is tested: it must get in whichever certificate is installed.
    tls: { rejectUnauthorized: false, cert: readFileSync(file("client.pem")), key: readFileSync(file("client.key")) },
  });
  const redis = await openPlainRedis(stage, {
    replicas,
    access: access(),
    connectionOptions: `,ssl=true,ssl_ca_certs=${file("ca.pem")},ssl_certfile=${file("client.pem")},ssl_keyfile=${file("client.key")}`,
    process: {
      tls: true,
      access,
      args: [
        ...["--tls-cert-file", file("server.pem"), "--tls-key-file", file("server.key")],
        ...["--tls-ca-cert-file", file("ca.pem"), "--tls-replication", "yes", "--tls-auth-clients", "yes"],
        ...["--masteruser", "default", "--masterauth", ADMIN_PASSWORD],
        ...["--user", "default", "on", `>${ADMIN_PASSWORD}`, "~*", "&*", "+@all"],
        ...["--user", USER, "on", `>${FIRST_PASSWORD}`, ...RIGHTS],
      ],
    },
  });
  const all = (...words: readonly string[]): Promise<unknown> =>
    Promise.all(redis.nodes.map((node) => node.ask(...words)));
  const reload = (): Promise<unknown> =>
    all(
      ...["CONFIG", "SET", "tls-cert-file", file("server.pem"), "tls-key-file", file("server.key")],
      ...["tls-ca-cert-file", file("ca.pem")],
    );
  return {
    ...redis,
    sidecar: {
      ...redis.sidecar,
      redis: {
        ...redis.sidecar.redis,
        credential_command: ["/bin/sh", file("credentials.sh")],
        tls: { server_name: "localhost" },
      },
    },
    async rotate(announce) {
      // First both are good, so that no moment is without a way in.
      writeFileSync(file("both.pem"), Buffer.concat([first.read("ca", "pem"), second.read("ca", "pem")]));
      replace(file("both.pem"), file("ca.pem"));
      install(second);
      await reload();
      await all("ACL", "SETUSER", USER, `>${SECOND_PASSWORD}`);
      writeCredentials(directory, SECOND_PASSWORD);
      await announce();
      replace(second.file("ca", "pem"), file("ca.pem"));
      await reload();
      await all("ACL", "SETUSER", USER, `<${FIRST_PASSWORD}`);
      await announce();
    },
    async killClients(node) {
      // The tests' own connections would come back with the certificate that they began with.
      return Number(await redis.nodes[node]?.ask("CLIENT", "KILL", "TYPE", "normal", "USER", USER));
    },
    async connections(node) {
      const list = String(await redis.nodes[node]?.ask("CLIENT", "LIST"));
      return list.split("\n").filter((line) => line.includes(` user=${USER} `)).length;
    },
  };
}

/** In one step, as a mounted secret changes. */
function replace(from: string, to: string): void {
  copyFileSync(from, `${to}.new`);
  renameSync(`${to}.new`, to);
}

function writeCredentials(directory: string, password: string): void {
  const file = join(directory, "credentials.sh");
  const json = `{"username":"${USER}","password":"${password}","expires_at":'$(($(date +%s) + ${LIFETIME_SECONDS}))'}`;
  writeFileSync(`${file}.new`, `printf '%s' '${json}'\n`);
  renameSync(`${file}.new`, file);
}
