/** Who we are to Redis: user and password, fixed or from a command that prints them anew before they expire. */
import type { StoreDeps } from "../../store-deps.ts";
import { parseCredentials } from "./parse-credentials.ts";
import type { RunCommand, RunningCommand } from "./run-command.ts";

/** Part of the lifetime after which new ones are fetched. */
const RENEW_AFTER = 0.8;
/** New ones are fetched at least this long before the old ones expire, where these live twice as long. */
const RENEW_BEFORE_MS = 10_000;
/** Where nothing is said about expiry: a third of the shortest lifetime in use (IAM tokens of ElastiCache, 15 minutes). */
const RENEW_UNDATED_MS = 5 * 60_000;
/** Shortest pause between the starts of two runs. */
const LEAST_PAUSE_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
/** Longest delay setTimeout takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Passwords kept for `redact`: a connection may still be refused one of yesterday. */
const KEPT_PASSWORDS = 8;

export interface Login {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface CredentialOptions extends Login {
  /** Program and arguments; empty = the fixed user and password. A user that it does not print is the fixed one. */
  readonly command: readonly string[];
}

export interface CredentialDeps extends StoreDeps {
  /** Milliseconds since 1970, for `expires_at`. */
  readonly wallNow: () => number;
  readonly run: RunCommand;
  /** A run of the command failed; how, without its output. What was known before stays in use. */
  readonly onFailed: (reason: string) => void;
}

export class Credentials {
  readonly #options: CredentialOptions;
  readonly #deps: CredentialDeps;
  readonly #listeners = new Set<() => void>();
  /** Newest first. */
  #passwords: readonly string[] = [];
  #login: Login | undefined;
  #phase: "idle" | "started" | "closed" = "idle";
  #running: RunningCommand | undefined;
  #startedMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  constructor(options: CredentialOptions, deps: CredentialDeps) {
    this.#options = options;
    this.#deps = deps;
    if (options.command.length === 0) this.#login = { username: options.username, password: options.password };
    if (options.password) this.#passwords = [options.password];
  }

  /** Runs the command for the first time, if there is one; never throws. A second call does nothing. */
  start(): void {
    if (this.#phase !== "idle") return;
    this.#phase = "started";
    if (this.#options.command.length > 0) this.#run();
  }

  /** What to log in with now; undefined until the command has succeeded once. */
  current(): Login | undefined {
    return this.#login;
  }

  /** @param listener called when user or password have changed @returns ends that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Runs the command again soon, at most once a second: after a refused login, and on demand. Nothing to do for a fixed password. */
  refresh(): void {
    if (this.#phase !== "started" || this.#options.command.length === 0 || this.#running !== undefined) return;
    const nowMs = this.#deps.now();
    const atMs = Math.max(nowMs, this.#startedMs + LEAST_PAUSE_MS);
    if (atMs < this.#timerAtMs) this.#runIn(atMs - nowMs);
  }

  /** @returns the text without any password that was used lately: a server may echo the arguments of AUTH in its error */
  redact(text: string): string {
    let redacted = text;
    for (const password of this.#passwords) redacted = redacted.replaceAll(password, "***");
    return redacted;
  }

  /** Ends a run and the timer. */
  close(): void {
    this.#phase = "closed";
    clearTimeout(this.#timer);
    this.#listeners.clear();
    this.#running?.kill();
  }

  #runIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = this.#deps.now() + delayMs;
    this.#timer = setTimeout(() => this.#run(), Math.min(LONGEST_TIMER_MS, Math.ceil(delayMs)));
  }

  #run(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    this.#startedMs = this.#deps.now();
    const running = this.#deps.run(this.#options.command);
    this.#running = running;
    const settle = (output: Buffer | undefined, how: string): void => {
      this.#running = undefined;
      if (this.#phase !== "closed") this.#ran(output, how);
    };
    running.output.then(
      (output) => settle(output, ""),
      (error: unknown) => settle(undefined, error instanceof Error ? error.message : "the credential command failed"),
    );
  }

  #ran(output: Buffer | undefined, how: string): void {
    if (output === undefined) {
      this.#failed(how);
      return;
    }
    const printed = parseCredentials(output);
    if (printed === undefined) {
      this.#failed("the credential command printed neither JSON with password, username, expires_at nor one line");
      return;
    }
    const { expiresAtMs } = printed;
    const lifetimeMs = expiresAtMs === undefined ? undefined : expiresAtMs - this.#deps.wallNow();
    if (lifetimeMs !== undefined && lifetimeMs <= 0) {
      this.#failed("the credential command printed credentials that have expired; is the clock right?");
      return;
    }
    this.#failures = 0;
    this.#runIn(renewAfterMs(lifetimeMs));
    this.#use({ username: printed.username ?? this.#options.username, password: printed.password });
  }

  #use(login: Login): void {
    const old = this.#login;
    if (old?.username === login.username && old?.password === login.password) return;
    this.#login = login;
    const passwords = [login.password ?? "", ...this.#passwords].filter((password) => password !== "");
    this.#passwords = [...new Set(passwords)].slice(0, KEPT_PASSWORDS);
    for (const listener of [...this.#listeners]) listener();
  }

  #failed(reason: string): void {
    this.#failures += 1;
    const pauseMs = Math.min(LONGEST_RETRY_MS, LEAST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 10));
    this.#runIn(pauseMs / 2 + (this.#deps.random() * pauseMs) / 2);
    this.#deps.onFailed(reason);
  }
}

/** @returns the words that log a live connection in, undefined when there is nothing to log in with */
export function authWords(login: Login | undefined): readonly string[] | undefined {
  // redis-py sends AUTH with an empty password when only a user name is given.
  if (login?.username) return ["AUTH", login.username, login.password ?? ""];
  return login?.password ? ["AUTH", login.password] : undefined;
}

/** @param text the server's error @returns true when other credentials might help */
export function isLoginRefusal(text: string): boolean {
  return /^(?:WRONGPASS|NOAUTH|ERR invalid password)/.test(text);
}

function renewAfterMs(lifetimeMs: number | undefined): number {
  if (lifetimeMs === undefined) return RENEW_UNDATED_MS;
  const early =
    lifetimeMs < 2 * RENEW_BEFORE_MS
      ? lifetimeMs / 2
      : Math.min(RENEW_AFTER * lifetimeMs, lifetimeMs - RENEW_BEFORE_MS);
  return Math.max(LEAST_PAUSE_MS, early);
}
