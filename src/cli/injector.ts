/** `injector`: the mutating webhook that puts the sidecar into pods, until SIGTERM or SIGINT. */
import { parseArgs } from "node:util";
import { duration } from "../config/parse-values.ts";
import { textNode } from "../config/yaml-value.ts";
import { startInjector } from "../injector/injector-server.ts";
import { TemplateError } from "../injector/template.ts";
import { createLog } from "../telemetry/log.ts";
import { ExitCode } from "./exit-code.ts";
import { serverAddress } from "./server-address.ts";
import type { SignalInbox } from "./signal-inbox.ts";
import { printStartFailure } from "./start-failure.ts";
import { parsed, UsageError } from "./usage-error.ts";
import { packageVersion } from "./version.ts";

export const INJECTOR_USAGE = `injector --tls-cert FILE --tls-key FILE --template FILE [--listen ADDR] [--drain-wait DURATION]
    Answers the API server's admission reviews: puts the template's container into pods that ask for it.`;

const DEFAULT_LISTEN = "0.0.0.0:8443";
/** About what it takes until no API server sends anything to a replica that goes. */
const DEFAULT_DRAIN_WAIT = "5s";

/** @returns the exit code, once the server has stopped */
export async function injectorCommand(args: readonly string[], signals: SignalInbox): Promise<number> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...args],
      options: {
        "tls-cert": { type: "string" },
        "tls-key": { type: "string" },
        template: { type: "string" },
        listen: { type: "string", default: DEFAULT_LISTEN },
        "drain-wait": { type: "string", default: DEFAULT_DRAIN_WAIT },
      },
    }),
  );
  const options = {
    listen: serverAddress(values.listen, "--listen"),
    tls: { certFile: required("tls-cert", values["tls-cert"]), keyFile: required("tls-key", values["tls-key"]) },
    templateFile: required("template", values.template),
    drainWaitMs: parseDrainWait(values["drain-wait"]),
    version: packageVersion(),
  };
  const log = createLog({ level: "info", write: (line) => process.stderr.write(line), epochMs: Date.now });
  const stopped = new Promise<string>((resolve) => signals.onStop(resolve));
  try {
    const injector = await startInjector({ ...options, log });
    signals.onReload(() => injector.reload());
    const event = { event: "listening", webhook: injector.address, pid: process.pid };
    process.stdout.write(`${JSON.stringify(event)}\n`);
    log.info("stopping", { reason: await stopped });
    await injector.stop();
    return ExitCode.OK;
  } catch (error) {
    return printStartFailure(error, (why) => why instanceof TemplateError || why.message.startsWith("--tls-"));
  }
}

function required(flag: string, value: string | undefined): string {
  if (value === undefined || value === "") throw new UsageError(`--${flag} is missing; expected a file`);
  return value;
}

function parseDrainWait(text: string): number {
  const kind = duration("allowed");
  const wait = kind.parse(textNode(text));
  if (!wait.ok) throw new UsageError(`--drain-wait '${text}': expected ${kind.expected}`);
  return wait.value;
}
