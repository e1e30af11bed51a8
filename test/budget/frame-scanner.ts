/** Finds the frames of HTTP/2 in a stream of bytes, one direction of one connection, and nothing but their heads. */

const HEAD_BYTES = 9;

export type OnFrame = (type: number, flags: number, stream: number) => void;

export class FrameScanner {
  readonly #onFrame: OnFrame;
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #skipBytes: number;

  /** @param skipBytes before the first frame @param onFrame called when the frame's last byte is in */
  constructor(skipBytes: number, onFrame: OnFrame) {
    this.#skipBytes = skipBytes;
    this.#onFrame = onFrame;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#skipBytes > 0) {
        const step = Math.min(this.#skipBytes, bytes.length - at);
        this.#skipBytes -= step;
        at += step;
        if (this.#skipBytes === 0) this.#ended();
        continue;
      }
      this.#head[this.#headBytes] = bytes[at] as number;
      this.#headBytes += 1;
      at += 1;
      if (this.#headBytes < HEAD_BYTES) continue;
      this.#skipBytes = this.#head.readUIntBE(0, 3);
      if (this.#skipBytes === 0) this.#ended();
    }
  }

  #ended(): void {
    // What is skipped before the first frame has no head.
    if (this.#headBytes === 0) return;
    this.#headBytes = 0;
    this.#onFrame(this.#head[3] as number, this.#head[4] as number, this.#head.readUInt32BE(5) & 0x7fff_ffff);
  }
}
