/** One run of the load client against a running server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadPlan, LoadResult } from "../load/load-plan.ts";
import { pinned, plainEnvironment } from "./child.ts";
import { launcherFlags } from "./launcher-flags.ts";
import type { RunningServer } from "./servers.ts";
import type { World } from "./world.ts";

const CLIENT = fileURLToPath(new URL("../load/client.ts", import.meta.url));
const CHECKED_ANSWERS = 50;
/** Beside warm-up and measurement: start, message pool, drain, checks. */
const SPARE_MS = 30_000;
const NICE = ["nice", "-n", "19"];
/** The sidecar's, for the same reason: what the client's collector takes, Redis on the same core does not get. */
const NODE_FLAGS = launcherFlags(CLIENT);

export type Load = Pick<
  LoadPlan,
  "headers" | "features" | "rows" | "keys" | "entities" | "seed" | "mode" | "warmupSeconds" | "seconds"
> & {
  /** Of a server whose answers are the data's; 50 unless told. */
  readonly checkedAnswers?: number;
  /** It is only there to be a crowd: its client takes no time from whoever else is on its core, Redis or another client. */
  readonly isBackground?: boolean;
};

/** @throws Error with the client's words when it could not run, or took half a minute longer than it should */
export async function runLoad(world: World, server: RunningServer, load: Load): Promise<LoadResult> {
  const { isBackground = false, ...asked } = load;
  const plan: LoadPlan = {
    ...asked,
    host: "127.0.0.1",
    port: server.port,
    target: server.target,
    checkedAnswers: server.checked ? (load.checkedAnswers ?? CHECKED_ANSWERS) : 0,
    keyColumn: server.keyColumn,
    serverPids: server.pids,
    redisPid: world.redisPid,
  };
  const command = [...(isBackground ? NICE : []), process.execPath, ...NODE_FLAGS, CLIENT, JSON.stringify(plan)];
  const [program = "", ...args] = pinned(command, world.cores.client);
  const client = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: plainEnvironment() });
  let stdout = "";
  let stderr = "";
  client.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  client.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const late = setTimeout(() => client.kill("SIGKILL"), (load.warmupSeconds + load.seconds) * 1000 + SPARE_MS);
  await once(client, "close");
  clearTimeout(late);
  if (stdout === "") throw new Error(`the load client said nothing; ${stderr}`);
  return JSON.parse(stdout) as LoadResult;
}
