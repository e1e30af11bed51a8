/** Asks the debug listener of a running sidecar. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { serverAddress, socketOf } from "./server-address.ts";
import { UsageError } from "./usage-error.ts";

const TIMEOUT_MS = 10_000;

export type DebugAnswer = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly why: string };

/**
 * POSTs JSON.
 * @param tokenFile undefined = none is asked for
 * @throws UsageError for an address that is none, and a file that cannot be read
 */
export function askDebug(
  address: string,
  tokenFile: string | undefined,
  path: string,
  body: string,
): Promise<DebugAnswer> {
  const target = socketOf(serverAddress(address, "--debug-address"));
  const headers = {
    "content-type": "application/json",
    ...(tokenFile !== undefined && { authorization: `Bearer ${readToken(tokenFile)}` }),
  };
  return new Promise((resolve) => {
    const fail = (why: string): void => resolve({ ok: false, why });
    const call = request({ ...target, path, method: "POST", headers, timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => fail(error.message));
      response.on("end", () => {
        const answer = parse(Buffer.concat(chunks).toString("utf8"));
        if (response.statusCode === 200 && answer !== undefined) resolve({ ok: true, body: answer });
        else fail(refusalOf(response.statusCode, answer));
      });
    });
    call.on("timeout", () => call.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)));
    call.on("error", (error) => fail(error.message));
    call.end(body);
  });
}

function readToken(path: string): string {
  let token: string;
  try {
    token = readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new UsageError(`--token-file ${(cause as Error).message}`, { cause });
  }
  if (!/^[!-~]+$/.test(token)) throw new UsageError(`--token-file ${path}: expected one line, the token`);
  return token;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalOf(status: number | undefined, answer: unknown): string {
  const { error, code } = (answer ?? {}) as { readonly error?: unknown; readonly code?: unknown };
  if (error === undefined) return `${status}; is this the debug listener of a sidecar?`;
  return `${code ?? status}: ${String(error)}`;
}
