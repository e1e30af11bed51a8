/**
 * One ioredis connection, tuned so that a read never waits on a dead or hung server: no offline queue, no retries of
 * commands, capped reconnect pauses, silence noticed. Comes in: settings. Goes out: a ready client or a ServeError.
 */
import type { Socket } from "node:net";
import { Redis } from "ioredis";
import type { StoreState } from "../../model/feature-store.ts";
import { ServeError } from "../../model/serve-error.ts";
import { backoffMs } from "../backoff.ts";
import { deadlineError } from "../read-deadline.ts";
import type { StoreDeps } from "../store-deps.ts";
import { redisConnector } from "./redis-connector.ts";
import { hungAfterMs, type RedisStoreOptions } from "./redis-settings.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** Pause between looks at a server that is still loading its data; under the hung bound, so that the server is heard. */
const LOADING_RETRY_MS = 500;
const KEEP_ALIVE_MS = 10_000;

export type RedisConnectionOptions = Omit<RedisStoreOptions, "project">;

export class RedisConnection {
  /** `redis host:port`, the start of every sentence about this node. */
  readonly who: string;
  /** Replies due on this connection; the lane reports to it. */
  readonly watch: SilenceWatch;
  readonly #settings: RedisConnectionOptions;
  readonly #deps: StoreDeps;
  readonly #redis: Redis;
  #socket: Socket | undefined;
  #state: StoreState = "connecting";
  #onState: (state: StoreState) => void = () => {};
  #started = false;
  #closed = false;
  /** Why the latest finished attempt or connection ended, "" = not known. */
  #lastError = "";
  #attemptError = "";

  constructor(settings: RedisConnectionOptions, deps: StoreDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.who = `redis ${settings.host}:${settings.port}`;
    const hungMs = hungAfterMs(settings.nodeTimeoutMs);
    this.watch = new SilenceWatch(hungMs, deps.now, () =>
      this.#socket?.destroy(new Error(`no reply for ${hungMs} ms, the connection was dropped`)),
    );
    this.#redis = new Redis({
      Connector: redisConnector(settings, (socket) => {
        this.#socket = socket;
      }),
      db: settings.db,
      // redis-py sends AUTH with an empty password when only a user name is given.
      ...(settings.username ? { username: settings.username, password: settings.password ?? "" } : {}),
      ...(settings.username || !settings.password ? {} : { password: settings.password }),
      ...(settings.clientName === undefined ? {} : { connectionName: settings.clientName }),
      // The connector makes the TLS socket; ioredis only needs to know which event means connected.
      ...(settings.tls === undefined ? {} : { tls: {} }),
      protocol: 2,
      lazyConnect: true,
      connectTimeout: settings.connectTimeoutMs,
      keepAlive: KEEP_ALIVE_MS,
      disableClientInfo: true,
      enableOfflineQueue: false,
      enableAutoPipelining: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      maxLoadingRetryTime: LOADING_RETRY_MS,
      retryStrategy: (attempt) => backoffMs(attempt, deps.random),
    });
    this.#listen();
  }

  /** Begins to connect and keeps at it; never throws. */
  start(onState: (state: StoreState) => void): void {
    this.#onState = onState;
    this.#started = true;
    // The outcome shows in the events; the promise says the same a second time.
    this.#redis.connect().catch(() => {});
  }

  state(): StoreState {
    return this.#state;
  }

  /**
   * The client once it may be used: at once when ready, after at most `nodeTimeoutMs` while a connect is in progress.
   * @throws ServeError UNAVAILABLE, or DEADLINE_EXCEEDED when `deadlineMs` comes first
   */
  async ready(deadlineMs: number): Promise<Redis> {
    if (this.#isReady()) return this.#redis;
    if (this.#isConnecting() && !this.#closed) {
      const leftMs = deadlineMs - this.#deps.now();
      await this.#attemptEnds(Math.min(this.#settings.nodeTimeoutMs, leftMs));
      if (this.#isReady()) return this.#redis;
      if (this.#isConnecting() && leftMs <= this.#settings.nodeTimeoutMs) throw deadlineError(this.who);
    }
    throw this.unavailable();
  }

  /** The error of a read that found no connection or lost it. */
  unavailable(): ServeError {
    if (this.#closed) return new ServeError("UNAVAILABLE", `${this.who} is closed`);
    if (!this.#started) return new ServeError("UNAVAILABLE", `${this.who} is not connected yet`);
    const why = this.#attemptError || this.#lastError || "connecting";
    return new ServeError("UNAVAILABLE", `${this.who} cannot be reached: ${why}`);
  }

  /** Text that may leave the process: a server may echo the arguments of AUTH in its error. */
  redact(text: string): string {
    const { password } = this.#settings;
    return password ? text.replaceAll(password, "***") : text;
  }

  /** Ends the connection and its timers; resolves when the socket is closed. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.watch.reset();
    const socket = this.#socket;
    this.#redis.disconnect();
    if (socket !== undefined && !socket.closed) {
      await new Promise<void>((resolve) => {
        socket.once("close", () => resolve());
        socket.destroy();
      });
    }
  }

  #isReady(): boolean {
    return this.#redis.status === "ready";
  }

  #isConnecting(): boolean {
    return this.#redis.status === "connecting" || this.#redis.status === "connect";
  }

  #listen(): void {
    const redis = this.#redis;
    redis.on("connecting", () => {
      this.#attemptError = "";
    });
    redis.on("error", (error: Error & { command?: { name?: string } }) => {
      // The first error of an attempt is its cause, the others follow from it.
      if (this.#attemptError === "") this.#attemptError = this.redact(error.message);
      // ioredis would go on with database 0, which is somebody else's data.
      if (error.command?.name === "select") redis.disconnect(true);
    });
    redis.on("connect", () => {
      this.#socket?.on("data", () => this.watch.heard());
      // The handshake's replies are due too.
      this.watch.expect();
    });
    redis.on("ready", () => {
      this.watch.settled();
      this.#lastError = "";
      this.#setState("up");
    });
    redis.on("close", () => {
      this.watch.reset();
      this.#lastError = this.#attemptError || "the server closed the connection";
      if (this.#state === "up") this.#setState("down");
    });
  }

  #setState(state: StoreState): void {
    if (this.#closed || state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }

  /** Resolves when the attempt in progress ends either way, or after `waitMs`. */
  #attemptEnds(waitMs: number): Promise<void> {
    if (waitMs <= 0) return Promise.resolve();
    const redis = this.#redis;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        redis.off("ready", done);
        redis.off("close", done);
        resolve();
      };
      const timer = setTimeout(done, Math.ceil(waitMs));
      redis.once("ready", done);
      redis.once("close", done);
    });
  }
}
