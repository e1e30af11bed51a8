/**
 * What is said before the first read: HELLO 3 with the credentials and the connection's name, SELECT, and a PING that tells a
 * server which is still loading. Servers before 6, and proxies without HELLO, get AUTH and CLIENT SETNAME and stay on RESP2.
 */
import { commandBytes } from "../control/command-bytes.ts";
import { RespError, type RespValue } from "./resp-value.ts";

/** Pause between looks at a server that is still loading its data; under the hung bound, so that the server is heard. */
const LOADING_RETRY_MS = 500;

export interface HandshakePort {
  write(bytes: Buffer): void;
  /** @param isResp3 the server took HELLO 3 */
  onReady(isResp3: boolean): void;
  /** @param text the server's words, not redacted */
  onRefused(text: string): void;
}

type Step = "hello" | "auth" | "name" | "select" | "ping" | "ignore";

interface HandshakeOptions {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** `CLIENT SETNAME`. */
  readonly clientName?: string | undefined;
  readonly db: number;
  /** true = a server that is still loading its data will do (INFO is answered, reads are not). Default: wait for it. */
  readonly isReadyWhileLoading?: boolean;
}

export class Handshake {
  /** The server's answer to HELLO where it was no acceptance: the best that is known when it then hangs up. */
  refusedHello = "";
  readonly #settings: HandshakeOptions;
  readonly #port: HandshakePort;
  /** Replies still to come, in order. */
  #steps: Step[] = [];
  #loadingTimer: NodeJS.Timeout | undefined;
  #ended = false;
  #isResp3 = false;

  constructor(settings: HandshakeOptions, port: HandshakePort) {
    this.#settings = settings;
    this.#port = port;
  }

  /** @param withHello false = begin with what every server understands */
  begin(withHello: boolean): void {
    if (withHello) this.#send([["hello", helloWords(this.#settings)], ...this.#lastSteps()]);
    else this.#sendOldWay();
  }

  /** The next reply. */
  reply(value: RespValue): void {
    const step = this.#steps.shift();
    if (this.#ended || step === undefined || step === "ignore") return;
    const error = value instanceof RespError ? value.text : undefined;
    if (step === "hello") {
      if (error === undefined) this.#isResp3 = true;
      else this.#helloRefused(error);
    }
    if (
      step === "auth" &&
      error !== undefined &&
      !/^ERR (AUTH <password> called without|Client sent AUTH, but no)/.test(error)
    )
      this.#refused(error);
    // It would go on with database 0, which is somebody else's data.
    else if (step === "select" && error !== undefined) this.#refused(error);
    else if (step === "ping") this.#ponged(error);
    // A name is a comfort: a user who may not set it still may read.
  }

  /** No more calls to the port, no timer. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#loadingTimer);
  }

  #helloRefused(error: string): void {
    this.refusedHello = error;
    // NOAUTH, WRONGPASS, DENIED, … are final; ERR and NOPROTO, and proxies' own words, mean that HELLO is not known.
    if (/^(?!ERR\b|NOPROTO\b)[A-Z]{4,}\b/.test(error)) {
      this.#refused(error);
      return;
    }
    this.#steps = this.#steps.map(() => "ignore");
    this.#sendOldWay();
  }

  #sendOldWay(): void {
    const { username, password, clientName } = this.#settings;
    const commands: [Step, readonly string[]][] = [];
    // redis-py sends AUTH with an empty password when only a user name is given.
    if (username) commands.push(["auth", ["AUTH", username, password ?? ""]]);
    else if (password) commands.push(["auth", ["AUTH", password]]);
    if (clientName !== undefined) commands.push(["name", ["CLIENT", "SETNAME", clientName]]);
    this.#send([...commands, ...this.#lastSteps()]);
  }

  #lastSteps(): [Step, readonly string[]][] {
    const { db } = this.#settings;
    return [...(db === 0 ? [] : [["select", ["SELECT", String(db)]] as [Step, string[]]]), ["ping", ["PING"]]];
  }

  #send(commands: readonly (readonly [Step, readonly string[]])[]): void {
    for (const [step] of commands) this.#steps.push(step);
    this.#port.write(Buffer.concat(commands.map(([, words]) => commandBytes(words))));
  }

  #ponged(error: string | undefined): void {
    if (error?.startsWith("LOADING") && !this.#settings.isReadyWhileLoading) {
      this.#loadingTimer = setTimeout(() => this.#send([["ping", ["PING"]]]), LOADING_RETRY_MS);
      return;
    }
    if (error?.startsWith("NOAUTH")) {
      this.#refused(error);
      return;
    }
    // Any other error (NOPERM) comes from a server that is awake.
    this.end();
    this.#port.onReady(this.#isResp3);
  }

  #refused(text: string): void {
    this.end();
    this.#port.onRefused(text);
  }
}

function helloWords({ username, password, clientName }: HandshakeOptions): string[] {
  const words = ["HELLO", "3"];
  if (username || password) words.push("AUTH", username || "default", password ?? "");
  // A name that Redis would refuse (networking.c:validateClientName) must not cost the connection.
  if (clientName !== undefined && /^[!-~]+$/.test(clientName)) words.push("SETNAME", clientName);
  return words;
}
