/** Why a server did not start, as a sentence and an exit code. */
import { ListenError } from "../transport/listener.ts";
import { ExitCode } from "./exit-code.ts";

/** @param isConfiguration whether an error of another class is the operator's to mend; @throws `error` when it is not */
export function printStartFailure(error: unknown, isConfiguration: (error: Error) => boolean): number {
  if (!(error instanceof Error && (error instanceof ListenError || isConfiguration(error)))) throw error;
  for (const line of error.message.split("\n")) process.stderr.write(`feast-sidecar: ${line}\n`);
  return error instanceof ListenError && error.inUse ? ExitCode.ADDRESS_IN_USE : ExitCode.CONFIGURATION;
}
