/** What tools see: server reflection in both versions, and the health service of the data port. */
import { fileURLToPath } from "node:url";
import { type Client, credentials, type GrpcObject, loadPackageDefinition, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { describe, expect, it } from "vitest";
import { ask, atEnd, grpcClient, startData, until } from "./transport-kit.ts";

const protoRoot = fileURLToPath(new URL("../../proto", import.meta.url));

/** A generated client of one of our proto files. */
function client(
  file: string,
  service: string,
  target: string,
): Client & Record<string, (...args: unknown[]) => unknown> {
  const definition = loadSync(file, { includeDirs: [protoRoot], keepCase: true, enums: String, oneofs: true });
  let node = loadPackageDefinition(definition) as GrpcObject;
  for (const part of service.split(".")) node = node[part] as GrpcObject;
  const Constructor = node as unknown as new (
    target: string,
    creds: unknown,
  ) => Client & Record<string, (...args: unknown[]) => unknown>;
  const made = new Constructor(target, credentials.createInsecure());
  atEnd(() => made.close());
  return made;
}

interface Stream {
  on(event: string, listener: (value: Record<string, unknown>) => void): Stream;
  write(message: object): void;
  end(): void;
  cancel(): void;
}

async function reflect(version: string, target: string, ...requests: object[]): Promise<Record<string, unknown>[]> {
  const reflection = client(
    `grpc/reflection/${version}/reflection.proto`,
    `grpc.reflection.${version}.ServerReflection`,
    target,
  );
  const stream = reflection["ServerReflectionInfo"]?.() as Stream;
  const answers: Record<string, unknown>[] = [];
  const done = new Promise<void>((resolve, reject) => {
    stream.on("data", (answer) => answers.push(answer));
    stream.on("end", () => resolve());
    stream.on("error", (error) => reject(error as unknown as Error));
  });
  for (const request of requests) stream.write(request);
  stream.end();
  await done;
  return answers;
}

describe("reflection", () => {
  for (const version of ["v1", "v1alpha"]) {
    it(`lists the services and describes them (${version})`, async () => {
      const data = await startData();
      const [list, byName, byMethod, bare, unknown] = await reflect(
        version,
        data.target,
        { list_services: "" },
        { file_containing_symbol: "feast.serving.ServingService" },
        { file_containing_symbol: "feast.serving.ServingService.GetOnlineFeatures" },
        { file_containing_symbol: "GrpcFeatureServer" },
        { file_containing_symbol: "no.such.Thing" },
      );
      const services = (
        (list?.["list_services_response"] ?? { service: [] }) as { service: { name: string }[] }
      ).service.map(({ name }) => name);
      expect(services.sort()).toEqual([
        "GrpcFeatureServer",
        "feast.serving.ServingService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
      ]);
      for (const answer of [byName, byMethod, bare]) {
        const files = (
          (answer?.["file_descriptor_response"] ?? { file_descriptor_proto: [] }) as { file_descriptor_proto: Buffer[] }
        ).file_descriptor_proto;
        expect(files.length).toBeGreaterThan(0);
        expect(Buffer.concat(files).includes("GetOnlineFeatures")).toBe(true);
      }
      expect(unknown?.["error_response"]).toMatchObject({ error_code: status.NOT_FOUND });
    });
  }
});

describe("grpc.health.v1 on the data port", () => {
  it("answers Check and List by readiness", async () => {
    const data = await startData();
    const raw = grpcClient(data.target);
    const check = (request: Buffer) => ask(raw, "/grpc.health.v1.Health/Check", request);
    expect((await check(Buffer.alloc(0))).body).toEqual(Buffer.of(8, 1));
    data.readiness.ready = false;
    data.readiness.change();
    expect((await check(Buffer.alloc(0))).body).toEqual(Buffer.of(8, 2));
    expect((await check(Buffer.from("\x0a\x04nope"))).code).toBe(status.NOT_FOUND);
    expect((await check(Buffer.from([0x0a, 0x7f]))).code).toBe(status.INVALID_ARGUMENT);
    const list = await ask(raw, "/grpc.health.v1.Health/List", Buffer.alloc(0));
    expect(list.body).toEqual(Buffer.of(0x0a, 6, 0x0a, 0, 0x12, 2, 8, 2));
  });

  it("streams changes to Watch, ends the stream when draining, forgets those who left", async () => {
    const data = await startData();
    const health = client("grpc/health/v1/health.proto", "grpc.health.v1.Health", data.target);
    const watch = (service: string): { seen: unknown[]; ended: () => boolean; stream: Stream } => {
      const seen: unknown[] = [];
      let ended = false;
      const stream = health["Watch"]?.({ service }) as Stream;
      stream.on("data", (answer) => seen.push(answer["status"])).on("error", () => {});
      stream.on("end", () => {
        ended = true;
      });
      return { seen, ended: () => ended, stream };
    };
    const first = watch("");
    const unknown = watch("nope");
    const leaver = watch("");
    await until(
      () => first.seen.length === 1 && unknown.seen.length === 1 && leaver.seen.length === 1,
      "first statuses",
    );
    leaver.stream.cancel();
    data.readiness.ready = false;
    data.readiness.change();
    data.readiness.change();
    await until(() => first.seen.length === 2, "the change");
    data.readiness.ready = true;
    data.readiness.change();
    await until(() => first.seen.length === 3, "the change back");
    const startMs = performance.now();
    expect(await data.server.drain(5_000)).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(3_000);
    await until(() => first.ended() && unknown.ended(), "the streams to end");
    expect(first.seen).toEqual(["SERVING", "NOT_SERVING", "SERVING", "NOT_SERVING"]);
    expect(unknown.seen).toEqual(["SERVICE_UNKNOWN"]);
  });
});
