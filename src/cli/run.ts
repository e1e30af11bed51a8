/** Picks the verb and turns its end into an exit code. */

import { BENCH_USAGE, benchCommand } from "./bench.ts";
import { DOCTOR_USAGE, doctorCommand } from "./doctor.ts";
import { ExitCode } from "./exit-code.ts";
import { EXPLAIN_USAGE, explainCommand } from "./explain.ts";
import { GET_USAGE, getCommand } from "./get.ts";
import { INJECTOR_USAGE, injectorCommand } from "./injector.ts";
import { SERVE_USAGE, serveCommand } from "./serve.ts";
import type { SignalInbox } from "./signal-inbox.ts";
import { TOP_USAGE, topCommand } from "./top.ts";
import { UsageError } from "./usage-error.ts";
import { packageVersion } from "./version.ts";

interface Verb {
  readonly usage: string;
  run(args: readonly string[], signals: SignalInbox): Promise<number>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  serve: { usage: SERVE_USAGE, run: serveCommand },
  get: { usage: GET_USAGE, run: getCommand },
  explain: { usage: EXPLAIN_USAGE, run: explainCommand },
  top: { usage: TOP_USAGE, run: topCommand },
  injector: { usage: INJECTOR_USAGE, run: injectorCommand },
  doctor: { usage: DOCTOR_USAGE, run: doctorCommand },
  bench: { usage: BENCH_USAGE, run: benchCommand },
  version: { usage: "version", run: printVersion },
};

const INTERRUPTED = 130;

/** @returns the exit code; a command line that makes no sense is told on stderr */
export async function run([word, ...args]: readonly string[], signals: SignalInbox): Promise<number> {
  // Commands that answer once have nothing to finish; the servers take the signals over.
  signals.onStop(() => process.exit(INTERRUPTED));
  try {
    if (word === undefined) throw new UsageError(`say what to do\n\n${usage()}`);
    if (["help", "--help", "-h"].includes(word)) return printUsage(usage());
    const name = word === "--version" ? "version" : word;
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined) {
      throw new UsageError(`unknown command '${word}'\n\n${usage()}`);
    }
    if (args.includes("--help") || args.includes("-h")) return printUsage(`  ${verb.usage}\n`);
    return await verb.run(args, signals);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`feast-sidecar: ${error.message}\n`);
    return ExitCode.CONFIGURATION;
  }
}

function usage(): string {
  const lines = Object.values(VERBS).map((verb) => `  ${verb.usage}`);
  return `feast-sidecar: answers Feast's online feature requests\n\n${lines.join("\n")}\n`;
}

function printUsage(text: string): number {
  process.stdout.write(text);
  return ExitCode.OK;
}

async function printVersion(): Promise<number> {
  process.stdout.write(`feast-sidecar ${packageVersion()}\n`);
  return ExitCode.OK;
}
