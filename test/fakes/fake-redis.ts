/**
 * A Redis for faults: speaks enough RESP2 for a client's handshake and HMGET, and misbehaves on demand.
 * Hashes: key in hex → field in hex → value.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** What happens to a command: answered, answered late, answered with an error, never answered, or the line is cut. */
export type Reaction =
  | { readonly kind: "reply" }
  | { readonly kind: "slow"; readonly delayMs: number }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "hang" }
  | { readonly kind: "disconnect" };

export class FakeRedis {
  readonly hashes = new Map<string, Map<string, Buffer>>();
  /** Every command received, arguments as latin1 text. */
  readonly commands: string[][] = [];
  /** Connections accepted so far. */
  accepted = 0;
  react: (name: string, args: readonly Buffer[]) => Reaction = () => ({ kind: "reply" });
  readonly #server: Server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();

  /** Listens on 127.0.0.1. @param port 0 = any free one */
  async listen(port = 0): Promise<number> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
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
    this.accepted += 1;
    this.#sockets.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    let hanging = false;
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let parsed = parseCommand(rest); parsed !== undefined; parsed = parseCommand(rest)) {
        rest = rest.subarray(parsed.bytes);
        const [name, ...args] = parsed.words as [Buffer, ...Buffer[]];
        const command = name.toString("latin1").toUpperCase();
        this.commands.push([command, ...args.map((arg) => arg.toString("latin1"))]);
        const reaction = this.react(command, args);
        if (reaction.kind === "hang") hanging = true;
        if (hanging) continue;
        if (reaction.kind === "disconnect") socket.destroy();
        else if (reaction.kind === "error") socket.write(`-${reaction.text}\r\n`);
        else if (reaction.kind === "slow")
          setTimeout(() => socket.write(this.#answer(command, args)), reaction.delayMs);
        else socket.write(this.#answer(command, args));
      }
    });
  }

  #answer(command: string, args: readonly Buffer[]): Buffer {
    if (command === "INFO") return bulk(Buffer.from("loading:0\r\n"));
    if (command !== "HMGET") return Buffer.from("+OK\r\n");
    const hash = this.hashes.get(args[0]!.toString("hex"));
    const cells = args.slice(1).map((field) => bulk(hash?.get(field.toString("hex"))));
    return Buffer.concat([Buffer.from(`*${cells.length}\r\n`), ...cells]);
  }
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
