/** Counts what Redis acknowledges of pipelined commands that it answers with a number each. */
import type { Socket } from "node:net";

const LF = 0x0a;

export class Acknowledged {
  #rows = 0;
  #problem: string | undefined;
  #wake = (): void => {};

  constructor(socket: Socket) {
    socket.on("data", (bytes: Buffer) => {
      for (const byte of bytes) if (byte === LF) this.#rows += 1;
      if (bytes.includes("-")) this.#problem ??= bytes.toString("latin1").slice(0, 200);
      this.#wake();
    });
    socket.on("error", (error) => {
      this.#problem ??= error.message;
      this.#wake();
    });
  }

  /** Waits for so many. @throws Error with Redis' own words */
  async atLeast(rows: number): Promise<void> {
    while (this.#rows < rows && this.#problem === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#problem !== undefined) throw new Error(`Redis refused the rows: ${this.#problem}`);
  }
}
