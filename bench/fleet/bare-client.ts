/** A connection that does no more than have its keys tracked; unlike a sidecar's it can be told to stop reading. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { encodeCommand } from "../data/write-redis.ts";
import { FIELDS, rowKey } from "./materialization.ts";

const KEYS_PER_WRITE = 1000;
const INVALIDATE = Buffer.from("invalidate");
const LONGEST_QUIET_MS = 10_000;

export class BareClient {
  /** Redis' number for it. */
  readonly id: number;
  isClosed = false;
  /** Since the keys were read. */
  pushes = 0;
  pushBytes = 0;
  readonly #socket: Socket;
  /** The last bytes received. */
  #tail = "";
  #isCounting = false;

  private constructor(socket: Socket, id: number) {
    this.#socket = socket;
    this.id = id;
    socket.on("data", (bytes: Buffer) => this.#received(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  /** @throws Error when Redis does not take it */
  static async open(port: number, isTracking: boolean): Promise<BareClient> {
    const socket = connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    await once(socket, "connect");
    socket.write(encodeCommand(["HELLO", "3"]));
    const [hello] = (await once(socket, "data")) as [Buffer];
    const id = /\$2\r\nid\r\n:(\d+)/.exec(hello.toString("latin1"))?.[1];
    if (id === undefined) throw new Error(`HELLO was answered: ${hello.toString("latin1").slice(0, 100)}`);
    const client = new BareClient(socket, Number(id));
    if (isTracking) socket.write(encodeCommand(["CLIENT", "TRACKING", "ON"]));
    return client;
  }

  /** Reads one field of each, from now on tracked. */
  async read(entities: readonly number[]): Promise<void> {
    const field = FIELDS[0] as Buffer;
    for (let first = 0; first < entities.length; first += KEYS_PER_WRITE) {
      const commands = entities.slice(first, first + KEYS_PER_WRITE).map((entity) => ["HMGET", rowKey(entity), field]);
      const end = `end ${first}`;
      this.#socket.write(Buffer.concat([...commands, ["ECHO", end]].map(encodeCommand)));
      const giveUpMs = performance.now() + LONGEST_QUIET_MS;
      while (!this.#tail.endsWith(`${end}\r\n`)) {
        if (performance.now() > giveUpMs) throw new Error("a bare client got no answer");
        await delay(1);
      }
    }
    this.#isCounting = true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  #received(bytes: Buffer): void {
    this.#tail = (this.#tail + bytes.toString("latin1", Math.max(0, bytes.length - 40))).slice(-40);
    if (!this.#isCounting) return;
    this.pushBytes += bytes.length;
    // A word that is cut in two by a read is missed: a few of a hundred thousand.
    for (let at = bytes.indexOf(INVALIDATE); at >= 0; at = bytes.indexOf(INVALIDATE, at + INVALIDATE.length)) {
      this.pushes += 1;
    }
  }
}
