/** Reads what a credential command prints. */

export interface PrintedCredentials {
  /** undefined = it printed none, and the configured one stays. */
  readonly username: string | undefined;
  readonly password: string;
  /** Milliseconds since 1970; undefined = it did not say. */
  readonly expiresAtMs: number | undefined;
}

/** Above this a number of seconds is one of milliseconds by mistake: the year 5138. */
const LATEST_SECONDS = 1e11;
const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;

/**
 * @param output a JSON object with `password` and optionally `username` and `expires_at` (ISO 8601, UTC when it names no zone, or
 *   seconds since 1970), or one line that is the password
 * @returns undefined when it is neither
 */
export function parseCredentials(output: Buffer): PrintedCredentials | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(output);
  } catch {
    return undefined;
  }
  // A brace makes it JSON, also when it is broken: half an object is no password.
  if (/^\s*\{/.test(text)) return parseObject(text);
  const line = text.replace(/\r?\n$/, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (line.trim() === "" || /[\u0000-\u001f\u007f]/.test(line)) return undefined;
  return { username: undefined, password: line, expiresAtMs: undefined };
}

function parseObject(text: string): PrintedCredentials | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { username, password, expires_at: expiresAt } = value as Record<string, unknown> & PrintedObject;
  if (typeof password !== "string" || password === "") return undefined;
  if (username !== undefined && username !== null && typeof username !== "string") return undefined;
  const expiresAtMs = expiresAt === undefined || expiresAt === null ? undefined : timeMs(expiresAt);
  if (Number.isNaN(expiresAtMs)) return undefined;
  return { username: username || undefined, password, expiresAtMs };
}

interface PrintedObject {
  readonly username?: unknown;
  readonly password?: unknown;
  readonly expires_at?: unknown;
}

/** NaN = no time. */
function timeMs(value: unknown): number {
  if (typeof value === "string" && !/^\d+(?:\.\d+)?$/.test(value)) {
    const match = ISO_TIME.exec(value);
    if (match === null) return Number.NaN;
    return Date.parse(`${value.replace(" ", "T")}${match[1] === undefined ? "Z" : ""}`);
  }
  const seconds = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return seconds >= 0 && seconds < LATEST_SECONDS ? seconds * 1000 : Number.NaN;
}
