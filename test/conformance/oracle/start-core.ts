/** The sidecar in this process, over a repository of the fixture, on free ports. */
import { loadSettings } from "../../../src/config/load-settings.ts";
import { formatProblem } from "../../../src/config/problem.ts";
import { type Sidecar, startSidecar } from "../../../src/sidecar.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { NO_HURRY } from "../../helpers/run-cli.ts";

const READY_TIMEOUT_MS = 10_000;

export interface RunningCore {
  readonly httpUrl: string;
  readonly grpcAddress: string;
  stop(): Promise<void>;
}

/**
 * @param options `sidecar:` options as they are named in the environment, such as `{COMPAT__SERVICE_VERSION_BUG: "copy"}`
 * @throws Error when it is not ready in 10 s
 */
export async function startSidecarFor(repoDir: string, options: Record<string, string> = {}): Promise<RunningCore> {
  const given = Object.entries(options).map(([name, value]) => [`FEAST_SIDECAR__${name}`, value] as const);
  const env = { ...NO_HURRY, ...Object.fromEntries(given) };
  const flags = { chdir: repoDir, listen: ["127.0.0.1:0"], admin: "127.0.0.1:0" };
  const loaded = loadSettings({ flags, env, cwd: repoDir });
  if ("problems" in loaded) throw new Error(loaded.problems.map(formatProblem).join("\n"));
  const sidecar = await startSidecar(loaded.settings, "test", silentLog);
  await waitUntilReady(sidecar);
  const address = sidecar.data[0] as string;
  return { httpUrl: `http://${address}`, grpcAddress: address, stop: () => sidecar.stop() };
}

async function waitUntilReady(sidecar: Sidecar): Promise<void> {
  const endMs = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(`http://${sidecar.admin}/readyz`);
    const text = await answer.text();
    if (answer.ok) return;
    if (performance.now() > endMs) throw new Error(`not ready: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
