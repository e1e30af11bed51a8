/** A link that a test can slow down, silence and cut: one listening port, one target, every connection the same. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";
import type { Stage } from "./stage.ts";

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

export class TcpProxy {
  readonly port: number;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  #server: Server | undefined;
  #delayMs = 0;
  #isSilent = false;
  /** Connections accepted so far. */
  accepted = 0;

  constructor(port: number, targetPort: number) {
    this.port = port;
    this.#targetPort = targetPort;
  }

  get openConnections(): number {
    return this.#pairs.size;
  }

  /** Lets connections in (again). */
  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ noDelay: true }, (near) => this.#join(near));
    this.#server = server;
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
  }

  /** Each byte takes this much longer, in each direction. */
  delay(eachWayMs: number): void {
    this.#delayMs = eachWayMs;
  }

  /** Black hole: connections stay open and are still accepted, no byte passes. */
  silence(): void {
    this.#isSilent = true;
    for (const { near, far } of this.#pairs) {
      near.pause();
      far.pause();
    }
  }

  /** What was held back passes now. */
  speak(): void {
    this.#isSilent = false;
    for (const { near, far } of this.#pairs) {
      near.resume();
      far.resume();
    }
  }

  /** Ends every connection with a reset; new ones are still let in. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  /** {@link cut}, and new connections are refused until {@link open}. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.cut();
    await closed;
  }

  #join(near: Socket): void {
    this.accepted += 1;
    const far = connect({ port: this.#targetPort, host: "127.0.0.1", noDelay: true });
    const pair = { near, far };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (chunk: Buffer) => this.#pass(to, chunk));
      from.on("error", end);
      from.on("close", end);
      if (this.#isSilent) from.pause();
    }
  }

  #pass(to: Socket, chunk: Buffer): void {
    if (this.#delayMs === 0) to.write(chunk);
    // Timers of one length fire in the order in which they were set.
    else setTimeout(() => to.destroyed || to.write(chunk), this.#delayMs);
  }
}

/** @param port default: a free one */
export async function openProxy(stage: Stage, targetPort: number, port?: number): Promise<TcpProxy> {
  const proxy = new TcpProxy(port ?? (await freePort()), targetPort);
  await proxy.open();
  stage.own(() => proxy.refuse());
  return proxy;
}
