/** `POST` of JSON over HTTP/1.1 keep-alive connections, one call at a time on each; opened before the run. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { DriverOptions, LoadDriver, OnDone } from "./driver.ts";

const HEAD_END = Buffer.from("\r\n\r\n");

export interface Http1DriverOptions extends DriverOptions {
  readonly connections: number;
  /** `/get-online-features` unless told. */
  readonly path?: string;
}

/** @throws Error when the server refuses a connection */
export async function openHttp1Driver(options: Http1DriverOptions): Promise<LoadDriver> {
  const driver = new Http1Driver(options);
  await driver.open(options.connections);
  return driver;
}

class Http1Driver implements LoadDriver {
  readonly #options: Http1DriverOptions;
  readonly #messages: readonly Buffer[];
  readonly #idle: Http1Connection[] = [];
  readonly #all: Http1Connection[] = [];
  readonly #waiting: { readonly slot: number; readonly message: number; readonly keep: boolean }[] = [];
  #nextWaiting = 0;

  constructor(options: Http1DriverOptions) {
    this.#options = options;
    const path = options.path ?? "/get-online-features";
    const head = `POST ${path} HTTP/1.1\r\nhost: ${options.host}:${options.port}\r\ncontent-type: application/json\r\ncontent-length: `;
    this.#messages = options.messages.map((body) =>
      Buffer.concat([Buffer.from(`${head}${body.length}\r\n\r\n`), body]),
    );
  }

  async open(connections: number): Promise<void> {
    const { host, port, onDone } = this.#options;
    for (let count = 0; count < connections; count += 1) {
      const socket = connect(port, host);
      await once(socket, "connect");
      const connection = new Http1Connection(socket, onDone, () => this.#onIdle(connection));
      this.#all.push(connection);
      this.#idle.push(connection);
    }
  }

  send(slot: number, message: number, keep: boolean): void {
    const connection = this.#idle.pop();
    if (connection === undefined) this.#waiting.push({ slot, message, keep });
    else connection.send(slot, this.#messages[message] as Buffer, keep);
  }

  flush(): void {}

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #onIdle(connection: Http1Connection): void {
    const next = this.#waiting[this.#nextWaiting];
    if (next === undefined) {
      this.#waiting.length = 0;
      this.#nextWaiting = 0;
      this.#idle.push(connection);
      return;
    }
    this.#nextWaiting += 1;
    connection.send(next.slot, this.#messages[next.message] as Buffer, next.keep);
  }
}

class Http1Connection {
  readonly #socket: Socket;
  readonly #onDone: OnDone;
  readonly #onIdle: () => void;
  #slot = -1;
  #keep = false;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  /** Of the answer, head included; −1 = not known yet. */
  #wantedBytes = -1;
  #headBytes = 0;
  #status = "";
  #problem = "";

  constructor(socket: Socket, onDone: OnDone, onIdle: () => void) {
    this.#socket = socket;
    this.#onDone = onDone;
    this.#onIdle = onIdle;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("error", (error) => this.#fail(error.message));
    socket.on("close", () => this.#fail("connection closed"));
  }

  send(slot: number, message: Buffer, keep: boolean): void {
    this.#slot = slot;
    this.#keep = keep;
    if (this.#problem === "") this.#socket.write(message);
    else setImmediate(() => this.#end(this.#problem, undefined));
  }

  close(): void {
    this.#slot = -1;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#wantedBytes < 0 && !this.#readHead()) return;
    if (this.#receivedBytes < this.#wantedBytes) return;
    const whole = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const body = this.#keep ? Buffer.from(whole.subarray(this.#headBytes)) : undefined;
    const problem =
      this.#status === "200" ? "" : `HTTP status ${this.#status} ${whole.toString("latin1", this.#headBytes, 500)}`;
    this.#received = [];
    this.#receivedBytes = 0;
    this.#wantedBytes = -1;
    this.#end(problem, body);
  }

  #readHead(): boolean {
    const bytes = this.#received.length === 1 ? (this.#received[0] as Buffer) : Buffer.concat(this.#received);
    this.#received = [bytes];
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = bytes.toString("latin1", 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (length === null) {
      this.#fail("an answer without a content-length, which this client does not read");
      this.#socket.destroy();
      return false;
    }
    this.#status = head.slice(9, 12);
    this.#headBytes = end + HEAD_END.length;
    this.#wantedBytes = this.#headBytes + Number(length[1]);
    return true;
  }

  #fail(problem: string): void {
    if (this.#problem !== "") return;
    this.#problem = problem;
    if (this.#slot >= 0) this.#end(problem, undefined);
  }

  #end(problem: string, answer: Buffer | undefined): void {
    const slot = this.#slot;
    this.#slot = -1;
    this.#onIdle();
    this.#onDone(slot, problem, answer);
  }
}
