/** Lookups → pipelined HMGETs → row blocks. */
import type { Redis } from "ioredis";
import type { Lookup, RowBlock } from "../../model/lookup.ts";
import { ServeError } from "../../model/serve-error.ts";
import { fieldArgs, redisKey } from "./redis-commands.ts";
import type { RedisConnection } from "./redis-connection.ts";

/** Keys per pipeline write: bounds the bytes that one write and one reply batch hold up. */
const KEYS_PER_WRITE = 500;

const NO_BYTES = Buffer.alloc(0);

/** A reply of HMGET: one cell per field. */
type Reply = readonly (Buffer | null)[];

/**
 * Reads all lookups over a ready client; everything is written at once, in chunks.
 * @throws ServeError UNAVAILABLE with the server's text for an error reply, or when the connection is lost
 */
export async function readLookups(
  connection: RedisConnection,
  redis: Redis,
  lookups: readonly Lookup[],
  projectBytes: Buffer,
): Promise<RowBlock[]> {
  const blocks: RowBlock[] = [];
  const pending: Promise<void>[] = [];
  for (const lookup of lookups) {
    const { shape, keys } = lookup;
    const block = emptyBlock(lookup);
    blocks.push(block);
    // A shape without slots asks nothing, and HMGET without fields is an error.
    if (shape.stride === 0) continue;
    for (let first = 0; first < keys.length; first += KEYS_PER_WRITE) {
      pending.push(readChunk(connection, redis, lookup, first, block, projectBytes));
    }
  }
  await Promise.all(pending);
  return blocks;
}

interface OpenBlock extends RowBlock {
  readonly sources: Buffer[];
}

function emptyBlock({ shape, keys }: Lookup): OpenBlock {
  return {
    sources: new Array<Buffer>(keys.length).fill(NO_BYTES),
    spans: new Int32Array(2 * keys.length * shape.stride).fill(-1),
  };
}

async function readChunk(
  connection: RedisConnection,
  redis: Redis,
  { shape, keys }: Lookup,
  first: number,
  block: OpenBlock,
  projectBytes: Buffer,
): Promise<void> {
  const fields = fieldArgs(shape);
  const end = Math.min(first + KEYS_PER_WRITE, keys.length);
  const pipeline = redis.pipeline();
  for (let k = first; k < end; k += 1) pipeline.hmgetBuffer(redisKey(keys[k]!, projectBytes), ...fields);
  connection.watch.expect();
  let results: Awaited<ReturnType<typeof pipeline.exec>>;
  try {
    results = await pipeline.exec();
  } catch {
    throw connection.unavailable();
  } finally {
    connection.watch.settled();
  }
  for (let k = first; k < end; k += 1) {
    const [error, reply] = results?.[k - first] ?? [undefined, undefined];
    if (error) throw replyError(connection, error);
    if (!Array.isArray(reply) || reply.length !== shape.stride) {
      throw new ServeError("UNAVAILABLE", `${connection.who} sent something else than ${shape.stride} hash fields`);
    }
    placeRow(block, k, reply);
  }
}

/** Copies the cells of key `k` into one buffer of their own: the reply's bytes belong to chunks that hold other keys too. */
function placeRow(block: OpenBlock, k: number, cells: Reply): void {
  let total = 0;
  for (let s = 0; s < cells.length; s += 1) total += cells[s]?.length ?? 0;
  const source = total === 0 ? NO_BYTES : Buffer.allocUnsafe(total);
  const { spans } = block;
  let at = 0;
  let span = 2 * k * cells.length;
  for (let s = 0; s < cells.length; s += 1) {
    const cell = cells[s];
    if (cell != null) {
      spans[span] = at;
      if (cell.length > 0) source.set(cell, at);
      at += cell.length;
      spans[span + 1] = at;
    }
    span += 2;
  }
  block.sources[k] = source;
}

/** ioredis keeps a command's arguments on its errors, so they are not passed on as a cause. */
function replyError(connection: RedisConnection, error: Error): ServeError {
  if (error.name !== "ReplyError") return connection.unavailable();
  return new ServeError("UNAVAILABLE", `${connection.who} answered: ${connection.redact(error.message)}`);
}
