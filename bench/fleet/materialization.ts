/** Writes rows as Feast's Redis store does: one HSET per entity with a view's features and its event time, pipelined. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Acknowledged } from "../data/acknowledged.ts";
import { redisKey } from "../data/encode.ts";
import { JOIN_KEY, PROJECT } from "../data/shape.ts";
import { hashCommand, hashFields } from "../data/write-redis.ts";

const ROWS_PER_CHUNK = 100;
/** Under way at full speed: the primary always has something to do. */
const MOST_CHUNKS_DUE = 20;

/** One view of ten features; its fields as they stand in the hash. */
export const FIELDS: readonly Buffer[] = hashFields(1);

export const rowKey = (entity: number): Buffer => redisKey(JOIN_KEY, entity, PROJECT);

export class Materialization {
  readonly rows: number;
  /** Encoded before, so that a run does not pay for it. */
  readonly #chunks: Buffer[] = [];
  readonly #chunkRows: number[] = [];

  constructor(rows: number) {
    this.rows = rows;
    for (let first = 0; first < rows; first += ROWS_PER_CHUNK) {
      const length = Math.min(ROWS_PER_CHUNK, rows - first);
      this.#chunks.push(Buffer.concat(Array.from({ length }, (_, at) => hashCommand(first + at, FIELDS, 1))));
      this.#chunkRows.push(length);
    }
  }

  /**
   * Writes all rows.
   * @param rowsPerSecond undefined = as fast as the primary takes them
   * @returns milliseconds until the last one was acknowledged
   * @throws Error with Redis' words
   */
  async write(port: number, rowsPerSecond: number | undefined): Promise<number> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const due = new Acknowledged(socket);
    try {
      const startMs = performance.now();
      let sent = 0;
      for (const [index, chunk] of this.#chunks.entries()) {
        if (rowsPerSecond === undefined) await due.atLeast(sent - MOST_CHUNKS_DUE * ROWS_PER_CHUNK);
        else await delay(Math.max(0, startMs + (sent / rowsPerSecond) * 1000 - performance.now()));
        socket.write(chunk);
        sent += this.#chunkRows[index] as number;
      }
      await due.atLeast(sent);
      return performance.now() - startMs;
    } finally {
      socket.destroy();
    }
  }
}
