/**
 * A Redis for faults: speaks enough for a client's handshake and HMGET, and misbehaves on demand. Answers keep the order of the
 * commands, as Redis does. Hashes: key in hex → field in hex → value.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** What happens to a command: answered, answered late, answered with an error or any bytes, never answered, or the line is cut. */
export type Reaction =
  | { readonly kind: "reply" }
  | { readonly kind: "slow"; readonly delayMs: number }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "raw"; readonly bytes: Buffer }
  | { readonly kind: "hang" }
  | { readonly kind: "disconnect" };

export class FakeRedis {
  readonly hashes = new Map<string, Map<string, Buffer>>();
  /** Every command received, arguments as latin1 text. */
  readonly commands: string[][] = [];
  /** Connections accepted so far. */
  accepted = 0;
  /** Pieces in which bytes arrived, over all connections. */
  chunks = 0;
  readonly #rowsPerSocket: number[] = [];
  /** 2 = a server before 6, which does not know HELLO. */
  readonly #protocol: 2 | 3;
  /** What INFO answers. */
  info: () => string = () => "role:master\r\nloading:0\r\n";
  react: (name: string, args: readonly Buffer[]) => Reaction = () => ({ kind: "reply" });
  readonly #server: Server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();

  constructor(protocol: 2 | 3 = 2) {
    this.#protocol = protocol;
  }

  /** Listens on 127.0.0.1. @param port 0 = any free one */
  async listen(port = 0): Promise<number> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  /** HMGETs received, per connection in the order they were accepted. */
  sockets(): number[] {
    return [...this.#rowsPerSocket];
  }

  openConnections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    const index = this.accepted;
    this.accepted += 1;
    this.#rowsPerSocket.push(0);
    this.#sockets.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    let hanging = false;
    let slow: Promise<void> | undefined;
    const answer = (bytes: Buffer): void => {
      if (slow === undefined) socket.write(bytes);
      else slow = slow.then(() => void socket.write(bytes));
    };
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      this.chunks += 1;
      rest = Buffer.concat([rest, chunk]);
      for (let parsed = parseCommand(rest); parsed !== undefined; parsed = parseCommand(rest)) {
        rest = rest.subarray(parsed.bytes);
        const [name, ...args] = parsed.words as [Buffer, ...Buffer[]];
        const command = name.toString("latin1").toUpperCase();
        if (command === "HMGET") this.#rowsPerSocket[index]! += 1;
        this.commands.push([command, ...args.map((arg) => arg.toString("latin1"))]);
        const reaction = this.react(command, args);
        if (reaction.kind === "hang") hanging = true;
        if (hanging) continue;
        if (reaction.kind === "disconnect") socket.destroy();
        else if (reaction.kind === "error") answer(Buffer.from(`-${reaction.text}\r\n`));
        else {
          if (reaction.kind === "slow") {
            const before = slow;
            slow = delay(reaction.delayMs).then(() => before);
          }
          if (reaction.kind === "raw") answer(reaction.bytes);
          else answer(this.#answer(command, args));
        }
      }
    });
  }

  #answer(command: string, args: readonly Buffer[]): Buffer {
    if (command === "HELLO") {
      return this.#protocol === 3
        ? HELLO_MAP
        : Buffer.from(`-ERR unknown command 'HELLO', with args beginning with: \r\n`);
    }
    if (command === "INFO") return bulk(Buffer.from(this.info()));
    if (command !== "HMGET") return Buffer.from("+OK\r\n");
    const hash = this.hashes.get(args[0]!.toString("hex"));
    const cells = args.slice(1).map((field) => {
      const value = hash?.get(field.toString("hex"));
      return value === undefined && this.#protocol === 3 ? Buffer.from("_\r\n") : bulk(value);
    });
    return Buffer.concat([Buffer.from(`*${cells.length}\r\n`), ...cells]);
  }
}

const HELLO_MAP = Buffer.from("%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n");

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

function bulk(value: Buffer | undefined): Buffer {
  if (value === undefined) return Buffer.from("$-1\r\n");
  return Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from("\r\n")]);
}

/** The first whole command in `bytes`, undefined while it is not complete. */
function parseCommand(bytes: Buffer): { words: Buffer[]; bytes: number } | undefined {
  let at = 0;
  const line = (): string | undefined => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const text = bytes.toString("latin1", at, end);
    at = end + 2;
    return text;
  };
  const head = line();
  if (head === undefined) return undefined;
  const words: Buffer[] = [];
  for (let i = 0; i < Number(head.slice(1)); i += 1) {
    const size = line();
    if (size === undefined) return undefined;
    const length = Number(size.slice(1));
    if (bytes.length < at + length + 2) return undefined;
    words.push(bytes.subarray(at, at + length));
    at += length + 2;
  }
  return { words, bytes: at };
}
