/** One attempt to reach a node: connects, logs in, and says once how that ended, and later that the connection is gone. */
import type { Socket } from "node:net";
import type { RedisAddress } from "../../../model/redis-settings.ts";
import type { Credentials, Login } from "../control/credentials.ts";
import type { TlsFiles } from "../control/tls-files.ts";
import { Handshake } from "./handshake.ts";
import { connectedEvent, openSocket } from "./open-socket.ts";
import type { RespValue } from "./resp-value.ts";

export interface DialTarget {
  readonly address: RedisAddress;
  /** undefined = cleartext. */
  readonly tls: TlsFiles | undefined;
  readonly credentials: Credentials;
  /** `CLIENT SETNAME`. */
  readonly clientName: string | undefined;
  readonly db: number;
  /** Longest TCP (and TLS) connect. */
  readonly connectTimeoutMs: number;
}

export interface DialOptions {
  /** false = begin with what every server understands. */
  readonly withHello: boolean;
  /** A server that is still loading its data will do. */
  readonly isReadyWhileLoading: boolean;
  /** Memory for what is received. */
  readonly room: () => Buffer;
  readonly received: (bytes: number) => void;
}

export interface DialEvents {
  /** Connected; the replies of the handshake are due. */
  readonly onConnected: () => void;
  readonly onReady: (socket: Socket, isResp3: boolean) => void;
  /**
   * The attempt or the connection is over.
   * @param reason "" = the server hung up without a word
   */
  readonly onClosed: (reason: string) => void;
}

export class Dial {
  readonly socket: Socket;
  /** What it logged in with. */
  readonly login: Login;
  readonly #handshake: Handshake;
  #error = "";

  /** @throws Error when no attempt can be made: no credentials yet, certificate files that cannot be used */
  constructor(target: DialTarget, options: DialOptions, events: DialEvents) {
    const { address, tls, credentials, clientName, connectTimeoutMs, db } = target;
    const login = credentials.current();
    if (login === undefined) throw new Error("there are no credentials yet");
    this.login = login;
    const received = (bytes: number): boolean => {
      // A socket that was given up may have had a read under way.
      if (!socket.destroyed) options.received(bytes);
      return true;
    };
    const socket = openSocket({ ...address, tls }, { buffer: options.room, callback: received });
    this.socket = socket;
    let isReady = false;
    const handshake = new Handshake(
      { ...login, clientName, db, isReadyWhileLoading: options.isReadyWhileLoading },
      {
        write: (bytes) => socket.write(bytes),
        onReady: (isResp3) => {
          isReady = true;
          events.onReady(socket, isResp3);
        },
        onRefused: (text) => socket.destroy(new Error(text)),
      },
    );
    this.#handshake = handshake;
    const connectTimer = setTimeout(() => socket.destroy(new Error("connect ETIMEDOUT")), connectTimeoutMs);
    socket.on(connectedEvent({ tls }), () => {
      clearTimeout(connectTimer);
      events.onConnected();
      handshake.begin(options.withHello);
    });
    socket.on("error", (error) => {
      this.#error ||= sentenceOf(error);
    });
    socket.on("close", () => {
      clearTimeout(connectTimer);
      handshake.end();
      events.onClosed(this.#error || (isReady ? "" : handshake.refusedHello));
    });
  }

  /** The next reply of the handshake. */
  reply(value: RespValue): void {
    this.#handshake.reply(value);
  }

  /** Gives the connection up; `onClosed` follows. */
  destroy(reason: unknown): void {
    this.socket.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  }

  /** The same without a reason; resolves when the socket is closed. */
  async end(): Promise<void> {
    if (this.socket.closed) return;
    await new Promise<void>((resolve) => {
      this.socket.once("close", () => resolve());
      this.socket.destroy();
    });
  }
}

/** A host with several addresses fails with one error per address and no text of its own. */
export function sentenceOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error instanceof Error ? error.message : String(error);
}
