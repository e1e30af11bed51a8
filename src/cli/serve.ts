/** `serve`: the server itself, until SIGTERM or SIGINT. */
import { parseArgs } from "node:util";
import { startSidecar } from "../sidecar.ts";
import { createLog } from "../telemetry/log.ts";
import { ExitCode } from "./exit-code.ts";
import { printProblems } from "./print-problems.ts";
import { REPOSITORY_OPTIONS, settingsFrom } from "./repository-settings.ts";
import type { SignalInbox } from "./signal-inbox.ts";
import { printStartFailure } from "./start-failure.ts";
import { parsed } from "./usage-error.ts";
import { packageVersion } from "./version.ts";

export const SERVE_USAGE = `serve [--chdir DIR] [--feature-store-yaml FILE] [--listen ADDR]… [--admin ADDR]
    Answers feature requests. ADDR is host:port, [::1]:port or unix:PATH; port 0 takes a free one.`;

/** @returns the exit code, once the server has stopped */
export async function serveCommand(args: readonly string[], signals: SignalInbox): Promise<number> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...args],
      options: {
        ...REPOSITORY_OPTIONS,
        listen: { type: "string", multiple: true },
        admin: { type: "string" },
      },
    }),
  );
  const loaded = settingsFrom(values, {
    ...(values.listen !== undefined && { listen: values.listen }),
    ...(values.admin !== undefined && { admin: values.admin }),
  });
  if ("problems" in loaded) return printProblems(loaded.problems);
  const log = createLog({ level: "info", write: (line) => process.stderr.write(line), epochMs: Date.now });
  // A repeated signal changes nothing: a terminal and a wrapper such as npm both pass Ctrl-C on, and the second must not cut the drain.
  const stopped = new Promise<string>((resolve) => signals.onStop(resolve));
  try {
    const sidecar = await startSidecar(loaded.settings, packageVersion(), log);
    signals.onReload(() => sidecar.reload());
    const event = { event: "listening", data: sidecar.data, admin: sidecar.admin ?? null, pid: process.pid };
    process.stdout.write(`${JSON.stringify(event)}\n`);
    log.info("stopping", { reason: await stopped });
    await sidecar.stop();
    return ExitCode.OK;
  } catch (error) {
    return printStartFailure(error, (why) => why.message.startsWith("sidecar.tls."));
  }
}
