/** One connection to one node, for questions that no read asks. */
import type { RedisAddress, RedisSettings } from "../../../model/redis-settings.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { ControlConnection } from "../control/control-connection.ts";
import { RespError, type RespValue } from "../lane/resp-value.ts";
import type { RedisLogin } from "../redis-login.ts";

/** Beside the connect timeout: the login. */
const LOGIN_MS = 1000;
const ASK_TIMEOUT_MS = 2000;
/** Attempts: a server that does not know HELLO may hang up on the first. */
const GIVE_UP_AFTER = 2;

/** The node's words are untrusted and may be long. */
const LONGEST_WORDS = 200;

export class NodeQuestions {
  readonly #connection: ControlConnection;
  readonly #redact: (text: string) => string;
  readonly #up: Promise<string>;

  /** Begins to connect. */
  constructor(address: RedisAddress, settings: RedisSettings, login: RedisLogin, deps: StoreDeps) {
    const { clientName, connectTimeoutMs } = settings;
    const { credentials } = login.forNodes;
    this.#redact = (text) => credentials.redact(text);
    let failures = 0;
    let tell = (_why: string): void => {};
    this.#up = new Promise((resolve) => {
      const timer = setTimeout(() => resolve("no answer in time"), connectTimeoutMs + LOGIN_MS);
      tell = (why) => {
        clearTimeout(timer);
        resolve(why);
      };
    });
    const target = { kind: "redis", address, ...login.forNodes, clientName, connectTimeoutMs } as const;
    this.#connection = new ControlConnection(target, deps, {
      onUp: () => tell(""),
      onFailed: (reason) => {
        failures += 1;
        if (failures === GIVE_UP_AFTER) tell(reason);
      },
      onPush: () => {},
      onLoginRefused: () => {},
    });
    this.#connection.start();
  }

  /** @returns "" once questions can be asked, else why not */
  connected(): Promise<string> {
    return this.#up;
  }

  /** @returns the reply; a refusal and a lost connection alike are a `RespError`, without secrets */
  async ask(...words: readonly (string | Buffer)[]): Promise<RespValue> {
    try {
      const reply = await this.#connection.ask(words, ASK_TIMEOUT_MS);
      return reply instanceof RespError ? this.#refusal(reply.text) : reply;
    } catch (error) {
      return this.#refusal((error as Error).message);
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  #refusal(text: string): RespError {
    return new RespError(this.#redact(text).slice(0, LONGEST_WORDS));
  }
}
