/** Fills a Redis with the bench's data in Feast's layout: one hash per entity, 250 values and 25 timestamps. */
import { once } from "node:events";
import { connect } from "node:net";
import { featureField, int64Value, javaRedisKey, redisKey, timestamp } from "./encode.ts";
import {
  ENTITIES,
  eventSeconds,
  FEATURES_PER_VIEW,
  featureName,
  JOIN_KEY,
  PROJECT,
  storedValue,
  VIEWS,
  viewName,
} from "./shape.ts";

/** Hashes per write: some megabytes. */
const ENTITIES_PER_WRITE = 500;

/** A command in the protocol's form, its arguments as given. */
export function encodeCommand(args: readonly (Buffer | string)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = Buffer.from(arg);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n"));
  }
  return Buffer.concat(parts);
}

/** Field names of one entity's hash, in the order of {@link hashValues}. */
export function hashFields(): Buffer[] {
  const fields: Buffer[] = [];
  for (let view = 0; view < VIEWS; view += 1) {
    for (let i = 0; i < FEATURES_PER_VIEW; i += 1) {
      fields.push(featureField(viewName(view), featureName(view * FEATURES_PER_VIEW + i)));
    }
    fields.push(Buffer.from(`_ts:${viewName(view)}`));
  }
  return fields;
}

function hashValues(entity: number): Buffer[] {
  const values: Buffer[] = [];
  for (let view = 0; view < VIEWS; view += 1) {
    for (let i = 0; i < FEATURES_PER_VIEW; i += 1) {
      values.push(int64Value(storedValue(entity, view * FEATURES_PER_VIEW + i)));
    }
    values.push(timestamp(eventSeconds(entity, view)));
  }
  return values;
}

/** Writes entities 0 … ENTITIES − 1. @throws Error with Redis' own words */
export function writeRedis(port: number): Promise<void> {
  const fields = hashFields();
  return writeEach(port, (entity) => {
    const values = hashValues(entity);
    const pairs = fields.flatMap((field, index) => [field, values[index] as Buffer]);
    return encodeCommand(["HSET", redisKey(JOIN_KEY, entity, PROJECT), ...pairs]);
  });
}

/** The same hashes once more, under the keys that Feast's Java server looks for. @throws Error with Redis' own words */
export function copyForJava(port: number): Promise<void> {
  return writeEach(port, (entity) =>
    encodeCommand(["COPY", redisKey(JOIN_KEY, entity, PROJECT), javaRedisKey(JOIN_KEY, entity, PROJECT), "REPLACE"]),
  );
}

/** One command per entity, each answered by a number. */
async function writeEach(port: number, commandOf: (entity: number) => Buffer): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let answers = 0;
  let problem: string | undefined;
  let wake = (): void => {};
  socket.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) answers += 1;
    if (chunk.includes("-")) problem ??= chunk.toString("latin1").slice(0, 200);
    wake();
  });
  socket.on("error", (error) => {
    problem ??= error.message;
    wake();
  });
  try {
    for (let first = 0; first < ENTITIES; first += ENTITIES_PER_WRITE) {
      const end = Math.min(first + ENTITIES_PER_WRITE, ENTITIES);
      const commands: Buffer[] = [];
      for (let entity = first; entity < end; entity += 1) commands.push(commandOf(entity));
      socket.write(Buffer.concat(commands));
      while (answers < end && problem === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (problem !== undefined) throw new Error(`Redis refused the bench's data: ${problem}`);
    }
  } finally {
    socket.destroy();
  }
}
