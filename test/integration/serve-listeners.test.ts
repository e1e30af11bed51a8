/** Where the live server can be reached besides a cleartext port: Unix sockets, and TLS for both protocols. */
import { linkSync, renameSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeResponse, encodeRequest } from "../conformance/oracle/feast-client.ts";
import { askGrpc, askUntil, TRIPS, TRIPS_BODY, TRIPS_MESSAGE } from "../helpers/ask-sidecar.ts";
import { runCli } from "../helpers/run-cli.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { createTestPki, type PkiName, type TestPki } from "../helpers/test-pki.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";

const { repository, start, atEnd } = useSidecars();

/** Values of the feature, or why there are none. */
type Outcome = readonly unknown[] | string;

function readTrips(body: string): Outcome {
  return (JSON.parse(body) as { results: { values: unknown[] }[] }).results[1]?.values ?? body;
}

function askUnix(socketPath: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { socketPath, path: "/get-online-features", method: "POST", agent: false };
    const call = httpRequest(options, async (response) => {
      resolve(readTrips(await text(response)));
    });
    call.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    call.end(TRIPS_BODY);
  });
}

describe("Unix sockets", () => {
  it("serve both protocols, for owner and group, beside a port", async () => {
    const repo = repository();
    const path = join(repo.dir, "feast.sock");
    const sidecar = await start({
      repo,
      listen: ["127.0.0.1:0", `unix:${path}`],
      admin: `unix:${path}.admin`,
      waitReady: false,
    });
    expect(sidecar.data[1]).toBe(`unix:${path}`);
    expect([path, `${path}.admin`].map((each) => statSync(each).mode & 0o777)).toEqual([0o660, 0o660]);
    const answer = await askUntil(
      () => askGrpc(`unix:${path}`),
      ({ code }) => code === 0,
    );
    expect(answer.values).toEqual(TRIPS);
    expect(await askUnix(path)).toEqual(TRIPS);
    await sidecar.stop();
    expect(() => statSync(path)).toThrow(/ENOENT/);
  });

  it("are relative to the repository when its file names them", async () => {
    const repo = repository("sqlite", { sidecar: '{listen: ["unix:from-file.sock"]}' });
    const sidecar = await start({ repo, listen: [] });
    expect(sidecar.data).toEqual([`unix:${join(repo.dir, "from-file.sock")}`]);
    expect(await askUnix(join(repo.dir, "from-file.sock"))).toEqual(TRIPS);
  });

  it("replace a dead one; a live one is an error, 69, and so is a file that is no socket, 64", async () => {
    const repo = repository();
    const path = join(repo.dir, "feast.sock");
    const dead = createServer().listen(path);
    await new Promise((resolve) => dead.once("listening", resolve));
    linkSync(path, `${path}.kept`);
    await new Promise((resolve) => dead.close(resolve));
    renameSync(`${path}.kept`, path);

    const sidecar = await start({ repo, listen: [`unix:${path}`] });
    expect(await askUnix(path)).toEqual(TRIPS);
    writeFileSync(join(repo.dir, "precious"), "text");
    const serve = ["serve", "--chdir", repo.dir, "--admin", "disabled", "--listen"];
    const [live, file] = await Promise.all([
      runCli([...serve, `unix:${path}`]),
      runCli([...serve, `unix:${join(repo.dir, "precious")}`]),
    ]);
    expect([live.code, live.stderr]).toEqual([69, expect.stringContaining(`unix:${path} is already in use`)]);
    expect([file.code, file.stderr]).toEqual([64, expect.stringContaining("a file that is no socket")]);
    expect(await askUnix(path)).toEqual(TRIPS);
    await sidecar.stop();
  });

  it("survive a server that was killed: the next one takes the place", async () => {
    const repo = repository();
    const path = join(repo.dir, "feast.sock");
    const killed = await start({ repo, listen: [`unix:${path}`] });
    killed.signal("SIGKILL");
    await killed.ended();
    expect(await askUnix(path)).toBe("ECONNREFUSED");
    await start({ repo, listen: [`unix:${path}`] });
    expect(await askUnix(path)).toEqual(TRIPS);
  });
});

describe("TLS", () => {
  let pki: TestPki;
  beforeAll(() => {
    pki = createTestPki();
  });
  afterAll(() => pki.remove());

  const startTls = (more = ""): Promise<TestSidecar> =>
    start({
      sidecar: `{tls: {cert: ${pki.file("server", "pem")}, key: ${pki.file("server", "key")}${more}}}`,
    });

  function askHttps(sidecar: TestSidecar, client?: PkiName): Promise<Outcome> {
    return new Promise((resolve) => {
      const options = {
        host: "127.0.0.1",
        port: new URL(sidecar.url).port,
        path: "/get-online-features",
        method: "POST",
        ca: pki.read("ca", "pem"),
        agent: false,
        ...(client && { cert: pki.read(client, "pem"), key: pki.read(client, "key") }),
      } as const;
      const call = httpsRequest(options, async (response) => {
        resolve(readTrips(await text(response)));
      });
      call.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      call.end(TRIPS_BODY);
    });
  }

  function askGrpcs(sidecar: TestSidecar, client?: PkiName): Promise<Outcome> {
    const ca = pki.read("ca", "pem");
    const creds = client
      ? credentials.createSsl(ca, pki.read(client, "key"), pki.read(client, "pem"))
      : credentials.createSsl(ca);
    const caller = new Client(sidecar.address.replace("127.0.0.1", "localhost"), creds, { "grpc.enable_retries": 0 });
    atEnd(() => caller.close());
    const identity = (bytes: Buffer): Buffer => bytes;
    return new Promise((resolve) => {
      caller.makeUnaryRequest(
        "/feast.serving.ServingService/GetOnlineFeatures",
        identity,
        identity,
        encodeRequest(TRIPS_MESSAGE),
        { deadline: Date.now() + 3000 },
        (error: ServiceError | null, bytes?: Buffer) => {
          if (error !== null || bytes === undefined) resolve(`gRPC ${error?.code}`);
          else {
            const values = decodeResponse(bytes).results[1]?.values ?? [];
            resolve(values.map((value) => (value["int64_val"] === undefined ? null : Number(value["int64_val"]))));
          }
        },
      );
    });
  }

  it("serves both protocols on one port, and nothing in the clear", async () => {
    const sidecar = await startTls();
    expect(await askHttps(sidecar)).toEqual(TRIPS);
    expect(await askGrpcs(sidecar)).toEqual(TRIPS);
    await expect(fetch(`${sidecar.url}/health`)).rejects.toThrow();
    expect(sidecar.adminUrl).toMatch(/^http:/);
  });

  it("asks clients for a certificate of client_ca", async () => {
    const sidecar = await startTls(`, client_ca: ${pki.file("ca", "pem")}`);
    expect(await askHttps(sidecar, "client")).toEqual(TRIPS);
    expect(await askGrpcs(sidecar, "client")).toEqual(TRIPS);
    for (const client of [undefined, "stranger"] as const) {
      expect(await askHttps(sidecar, client)).toMatch(/CERTIFICATE|ALERT|ECONNRESET|EPROTO|hang up/i);
      expect(await askGrpcs(sidecar, client)).toMatch(/gRPC (14|4)/);
    }
    expect(await askHttps(sidecar, "client")).toEqual(TRIPS);
  });

  it("stops the start with 64 for files that cannot be used", async () => {
    const { dir } = repository("sqlite", {
      sidecar: `{tls: {cert: ${pki.file("server", "pem")}, key: ${pki.file("client", "key")}}}`,
    });
    const missing = repository("sqlite", { sidecar: "{tls: {cert: nowhere.pem, key: nowhere.key}}" });
    const [mismatch, absent] = await Promise.all(
      [dir, missing.dir].map((each) =>
        runCli(["serve", "--chdir", each, "--listen", "127.0.0.1:0", "--admin", "disabled"]),
      ),
    );
    expect([mismatch?.code, mismatch?.stdout, mismatch?.stderr]).toEqual([
      64,
      "",
      expect.stringMatching(/sidecar\.tls\./),
    ]);
    expect([absent?.code, absent?.stdout, absent?.stderr]).toEqual([64, "", expect.stringMatching(/nowhere\.pem/)]);
  });
});
