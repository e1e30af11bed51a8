/** Writes rows as Feast's Redis store does: one HSET per entity with a view's features and its event time, pipelined. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { featureField, int64Value, redisKey, timestamp } from "../data/encode.ts";
import {
  eventSeconds,
  FEATURES_PER_VIEW,
  featureName,
  JOIN_KEY,
  PROJECT,
  storedValue,
  viewName,
} from "../data/shape.ts";
import { encodeCommand } from "../data/write-redis.ts";

const ROWS_PER_CHUNK = 100;
/** Under way at full speed: the primary always has something to do. */
const MOST_CHUNKS_DUE = 20;
const LF = 0x0a;

/** One view of ten features; its fields as they stand in the hash. */
export const FIELDS: readonly Buffer[] = [
  ...Array.from({ length: FEATURES_PER_VIEW }, (_, feature) => featureField(viewName(0), featureName(feature))),
  Buffer.from(`_ts:${viewName(0)}`),
];

export const rowKey = (entity: number): Buffer => redisKey(JOIN_KEY, entity, PROJECT);

function rowCommand(entity: number): Buffer {
  const values = [
    ...Array.from({ length: FEATURES_PER_VIEW }, (_, feature) => int64Value(storedValue(entity, feature))),
    timestamp(eventSeconds(entity, 0)),
  ];
  return encodeCommand(["HSET", rowKey(entity), ...FIELDS.flatMap((field, at) => [field, values[at] as Buffer])]);
}

export class Materialization {
  readonly rows: number;
  /** Encoded before, so that a run does not pay for it. */
  readonly #chunks: Buffer[] = [];
  readonly #chunkRows: number[] = [];

  constructor(rows: number) {
    this.rows = rows;
    for (let first = 0; first < rows; first += ROWS_PER_CHUNK) {
      const length = Math.min(ROWS_PER_CHUNK, rows - first);
      this.#chunks.push(Buffer.concat(Array.from({ length }, (_, at) => rowCommand(first + at))));
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

/** Counts the lines of integers that answer HSET. */
class Acknowledged {
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

  async atLeast(rows: number): Promise<void> {
    while (this.#rows < rows && this.#problem === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#problem !== undefined) throw new Error(`Redis refused the rows: ${this.#problem}`);
  }
}
