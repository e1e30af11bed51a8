/** Entry point: picks the verb, turns its end into an exit code. */

import { ExitCode } from "./exit-code.ts";
import { EXPLAIN_USAGE, explainCommand } from "./explain.ts";
import { GET_USAGE, getCommand } from "./get.ts";
import { SERVE_USAGE, serveCommand } from "./serve.ts";
import { UsageError } from "./usage-error.ts";
import { packageVersion } from "./version.ts";

const USAGE = `feast-sidecar: answers Feast's online feature requests

  ${SERVE_USAGE}
  ${GET_USAGE}
  ${EXPLAIN_USAGE}
  version
`;

/** Named in the documentation of later releases; asked for now they deserve a sentence. */
const NOT_BUILT_YET = ["doctor", "top", "bench", "injector"];

async function run([verb, ...args]: readonly string[]): Promise<number> {
  switch (verb) {
    case "serve":
      return serveCommand(args);
    case "get":
      return getCommand(args);
    case "explain":
      return explainCommand(args);
    case "version":
    case "--version":
      process.stdout.write(`feast-sidecar ${packageVersion()}\n`);
      return ExitCode.OK;
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(USAGE);
      return ExitCode.OK;
    case undefined:
      throw new UsageError(`say what to do\n\n${USAGE}`);
    default:
      if (NOT_BUILT_YET.includes(verb)) throw new UsageError(`'${verb}' is not built yet`);
      throw new UsageError(`unknown command '${verb}'\n\n${USAGE}`);
  }
}

/** A bug must not pass silently, nor leave a half-dead server behind. */
function onBug(error: unknown): void {
  process.stderr.write(`feast-sidecar: a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(ExitCode.BUG);
}

process.on("uncaughtException", onBug);
process.on("unhandledRejection", onBug);
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`feast-sidecar: ${error.message}\n`);
  process.exitCode = ExitCode.CONFIGURATION;
}
