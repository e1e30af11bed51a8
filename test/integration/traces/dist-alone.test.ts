/** dist/ as an image has it: no node_modules beside it. */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askGrpc } from "../../helpers/ask-sidecar.ts";
import { useSidecars } from "../../helpers/use-sidecars.ts";
import { OtlpReceiver, serverOf } from "./trace-kit.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const DIRECTORY = mkdtempSync(join(tmpdir(), "feast-sidecar-dist-"));
const PROGRAM = join(DIRECTORY, "dist/cli/main.js");

const sidecars = useSidecars();
let receiver: OtlpReceiver;

beforeAll(async () => {
  if (!existsSync(join(REPOSITORY, "dist/cli/main.js"))) throw new Error("dist/ is not there: run `make build`");
  for (const part of ["dist", "package.json"])
    cpSync(join(REPOSITORY, part), join(DIRECTORY, part), { recursive: true });
  receiver = await OtlpReceiver.start();
});
afterAll(async () => {
  await receiver.stop();
  rmSync(DIRECTORY, { recursive: true });
});

test.each(["grpc", "http/protobuf"] as const)("it sends traces over %s", async (protocol) => {
  receiver.forget();
  const env = protocol === "grpc" ? receiver.env() : receiver.httpEnv(protocol);
  const sidecar = await sidecars.start({ env, program: PROGRAM });
  await askGrpc(sidecar.address);
  expect(serverOf(await receiver.trace()).service).toBe("feast-sidecar");
});

test("it speaks gRPC by grpc-js, too", async () => {
  const sidecar = await sidecars.start({ sidecar: "{transport: grpc-js}", program: PROGRAM });
  await askGrpc(sidecar.address);
});
