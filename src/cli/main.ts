/**
 * Entry point. Kept small, so that signals are heard from the first moment: the rest is loaded after that. A signal that comes while
 * the process starts is kept for the command that can act on it.
 */
import { enableCompileCache } from "node:module";
import { ExitCode } from "./exit-code.ts";
import { signalInbox } from "./signal-inbox.ts";

/** Enough for output that is on its way. */
const LINGER_MS = 500;

// Whoever reads our output may leave at any time; that must not stop the server.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** A bug must not pass silently, nor leave a half-dead server behind. */
function onBug(error: unknown): void {
  process.stderr.write(`feast-sidecar: a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(ExitCode.BUG);
}

process.on("uncaughtException", onBug);
process.on("unhandledRejection", onBug);
const signals = signalInbox();
// Compiled code of an earlier start, where the place for temporary files can be written to; a start without it is only slower.
enableCompileCache();
const { run } = await import("./run.ts");
process.exitCode = await run(process.argv.slice(2), signals);
// Something may still hold the process up that nobody waits for, such as an exporter of traces whose receiver is away.
setTimeout(() => process.exit(), LINGER_MS).unref();
