/** `bench`: an open-loop client against any server that speaks Feast's protocol. */
import { parseArgs } from "node:util";
import type { Caller, CallerOptions } from "../load/caller.ts";
import { openHttpCaller } from "../load/http-caller.ts";
import { runOpenLoop } from "../load/open-loop.ts";
import { formatAddress, type ListenAddress } from "../model/listen-address.ts";
import { TIMEOUT_HEADER } from "../transport/call-context.ts";
import { grpcMessage, httpMessage, KEY_TYPES, type KeyType, splitQuestion } from "./bench-messages.ts";
import { benchReport, isGood, renderReport } from "./bench-report.ts";
import { ExitCode } from "./exit-code.ts";
import { type FeatureQuestion, parseQuestion, QUESTION_OPTIONS } from "./feature-question.ts";
import { readCa, serverAddress, socketOf } from "./server-address.ts";
import { parsed, UsageError } from "./usage-error.ts";

export const BENCH_USAGE = `bench --address ADDR --features view:feature,… | --service NAME  key=value[,value…] …  --rate N --seconds S
      [--http | --feature-server] [--rows N] [--key-type KEY=TYPE]… [--connections C] [--timeout-ms T] [--tls-ca FILE] [--full] [--json]
    Calls at a fixed rate and prints the percentiles, counted from when each call was due. Over gRPC to ServingService, with
    --feature-server to GrpcFeatureServer, with --http to POST /get-online-features. --rows N: each call asks for the next N of the values.`;

const PATHS = {
  servingService: "/feast.serving.ServingService/GetOnlineFeatures",
  featureServer: "/GrpcFeatureServer/GetOnlineFeatures",
} as const;

/** @returns exit code 0; 1 when no call was answered, or the rate was not kept */
export async function benchCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...QUESTION_OPTIONS,
        address: { type: "string" },
        rate: { type: "string" },
        seconds: { type: "string" },
        http: { type: "boolean" },
        "feature-server": { type: "boolean" },
        rows: { type: "string" },
        "key-type": { type: "string", multiple: true },
        connections: { type: "string" },
        "timeout-ms": { type: "string" },
        "tls-ca": { type: "string" },
        json: { type: "boolean" },
      },
    }),
  );
  if (values.address === undefined) throw new UsageError("say whom to call: --address HOST:PORT");
  if (values.http === true && values["feature-server"] === true) {
    throw new UsageError("--http and --feature-server exclude each other");
  }
  const address = serverAddress(values.address);
  const ratePerSecond = numberIn("--rate", values.rate, 0.1, 100_000);
  const seconds = numberIn("--seconds", values.seconds, 0.1, 3600);
  const timeoutMs = numberIn("--timeout-ms", values["timeout-ms"] ?? "1000", 1, 60_000);
  const connections = wholeIn("--connections", values.connections ?? "1", 1000);
  const rows = values.rows === undefined ? undefined : wholeIn("--rows", values.rows, 10_000);
  const questions = splitQuestion(parseQuestion(values, positionals), rows);
  const messages = messagesOf(questions, values.http === true, keyTypes(values["key-type"] ?? []));
  const ca = values["tls-ca"] === undefined ? undefined : readCa(values["tls-ca"]);
  let caller: Caller;
  try {
    const path = values["feature-server"] === true ? PATHS.featureServer : PATHS.servingService;
    caller = await openCaller(address, values.http === true, path, { connections, ca });
    await warm(caller, messages, connections, timeoutMs);
  } catch (error) {
    process.stderr.write(`feast-sidecar: ${values.address}: ${(error as Error).message}\n`);
    return ExitCode.FAILED;
  }
  const send = (call: number, leftMs: number): ReturnType<Caller["send"]> =>
    caller.send(messages[call % messages.length]!, leftMs);
  const report = benchReport(await runOpenLoop({ ratePerSecond, seconds, timeoutMs, send }), ratePerSecond);
  caller.close();
  process.stdout.write(`${values.json === true ? JSON.stringify(report) : renderReport(report)}\n`);
  return isGood(report) ? ExitCode.OK : ExitCode.FAILED;
}

function messagesOf(
  questions: readonly FeatureQuestion[],
  isHttp: boolean,
  types: ReadonlyMap<string, KeyType>,
): readonly Buffer[] {
  return questions.map((question) => (isHttp ? httpMessage(question) : grpcMessage(question, types)));
}

async function openCaller(
  address: ListenAddress,
  isHttp: boolean,
  path: string,
  options: CallerOptions,
): Promise<Caller> {
  if (isHttp) return openHttpCaller(socketOf(address), TIMEOUT_HEADER, options);
  // Only when asked for, as in transport/open-grpc-server.ts: no other verb has a use for grpc-js.
  const { openGrpcCaller } = await import("../load/grpc-caller.ts");
  return openGrpcCaller(formatAddress(address), path, options);
}

/** What connecting, and a first call on each connection, take is in no figure. */
async function warm(caller: Caller, messages: readonly Buffer[], calls: number, timeoutMs: number): Promise<void> {
  await Promise.all(
    Array.from({ length: calls }, (_, call) => caller.send(messages[call % messages.length]!, timeoutMs)),
  );
}

function keyTypes(texts: readonly string[]): ReadonlyMap<string, KeyType> {
  const types = new Map<string, KeyType>();
  for (const text of texts) {
    const [key = "", name] = text.split("=", 2);
    const type = KEY_TYPES.find((each) => each === name?.toLowerCase());
    if (key === "" || type === undefined) {
      throw new UsageError(`--key-type '${text}': expected KEY=TYPE, TYPE one of ${KEY_TYPES.join(", ")}`);
    }
    types.set(key, type);
  }
  return types;
}

function numberIn(flag: string, text: string | undefined, least: number, most: number): number {
  const number = Number(text ?? "");
  if (text !== undefined && text.trim() !== "" && number >= least && number <= most) return number;
  throw new UsageError(`${flag}${text === undefined ? "" : ` '${text}'`}: expected a number from ${least} to ${most}`);
}

function wholeIn(flag: string, text: string, most: number): number {
  const number = numberIn(flag, text, 1, most);
  if (Number.isInteger(number)) return number;
  throw new UsageError(`${flag} '${text}': expected a whole number`);
}
