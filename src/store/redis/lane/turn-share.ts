/** One socket's share of a turn of the loop: libuv reads a socket up to 32 times in a row while it fills the memory it is given. */
import type { Socket } from "node:net";

/** Bytes read in one turn of the loop after which other sockets get theirs: about 0.3 ms of small cells. */
const BYTES_PER_TURN = 256 * 1024;

export class TurnShare {
  #socket: Socket | undefined;
  #bytes = 0;
  readonly #endTurn = (): void => this.#turnEnded();

  /** The socket brought so much; it is paused until the next turn once that is a share. A connection's sockets take turns here. */
  took(socket: Socket, bytes: number): void {
    if (this.#bytes === 0) {
      if (bytes < BYTES_PER_TURN / 4) return;
      setImmediate(this.#endTurn);
    }
    this.#socket = socket;
    this.#bytes += bytes;
    if (this.#bytes >= BYTES_PER_TURN) socket.pause();
  }

  #turnEnded(): void {
    const socket = this.#socket;
    if (this.#bytes >= BYTES_PER_TURN && socket !== undefined && !socket.destroyed) socket.resume();
    this.#socket = undefined;
    this.#bytes = 0;
  }
}
