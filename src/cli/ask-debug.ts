/** Asks the debug listener of a running sidecar. */
import { readFileSync } from "node:fs";
import { postJson } from "./post-json.ts";
import { serverAddress } from "./server-address.ts";
import { UsageError } from "./usage-error.ts";

const TIMEOUT_MS = 10_000;

export type DebugAnswer = { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly why: string };

/**
 * POSTs JSON.
 * @param tokenFile undefined = none is asked for
 * @throws UsageError for an address that is none, and a file that cannot be read
 */
export async function askDebug(
  address: string,
  tokenFile: string | undefined,
  path: string,
  body: string,
): Promise<DebugAnswer> {
  const target = serverAddress(address, "--debug-address");
  const headers = tokenFile === undefined ? {} : { authorization: `Bearer ${readToken(tokenFile)}` };
  try {
    const { status, text } = await postJson({ address: target, path, body, headers, timeoutMs: TIMEOUT_MS });
    const answer = parse(text);
    if (status === 200 && answer !== undefined) return { ok: true, body: answer };
    return { ok: false, why: refusalOf(status, answer) };
  } catch (error) {
    return { ok: false, why: (error as Error).message };
  }
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
