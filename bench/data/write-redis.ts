/** Fills a Redis with the bench's data in Feast's layout: one hash per entity, 250 values and 25 timestamps. */
import { once } from "node:events";
import { connect } from "node:net";
import { Acknowledged } from "./acknowledged.ts";
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

/** Field names of one entity's hash, in the order of {@link hashValues}. @param views the first ones */
export function hashFields(views: number = VIEWS): Buffer[] {
  const fields: Buffer[] = [];
  for (let view = 0; view < views; view += 1) {
    for (let i = 0; i < FEATURES_PER_VIEW; i += 1) {
      fields.push(featureField(viewName(view), featureName(view * FEATURES_PER_VIEW + i)));
    }
    fields.push(Buffer.from(`_ts:${viewName(view)}`));
  }
  return fields;
}

function hashValues(entity: number, views: number): Buffer[] {
  const values: Buffer[] = [];
  for (let view = 0; view < views; view += 1) {
    for (let i = 0; i < FEATURES_PER_VIEW; i += 1) {
      values.push(int64Value(storedValue(entity, view * FEATURES_PER_VIEW + i)));
    }
    values.push(timestamp(eventSeconds(entity, view)));
  }
  return values;
}

/** The HSET of an entity, as Feast writes it. @param fields of its first `views` views, from {@link hashFields} */
export function hashCommand(entity: number, fields: readonly Buffer[], views: number = VIEWS): Buffer {
  const values = hashValues(entity, views);
  const pairs = fields.flatMap((field, index) => [field, values[index] as Buffer]);
  return encodeCommand(["HSET", redisKey(JOIN_KEY, entity, PROJECT), ...pairs]);
}

/** Writes entities 0 … ENTITIES − 1. @throws Error with Redis' own words */
export function writeRedis(port: number): Promise<void> {
  const fields = hashFields();
  return writeEach(port, (entity) => hashCommand(entity, fields));
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
  const written = new Acknowledged(socket);
  try {
    for (let first = 0; first < ENTITIES; first += ENTITIES_PER_WRITE) {
      const end = Math.min(first + ENTITIES_PER_WRITE, ENTITIES);
      const commands: Buffer[] = [];
      for (let entity = first; entity < end; entity += 1) commands.push(commandOf(entity));
      socket.write(Buffer.concat(commands));
      await written.atLeast(end);
    }
  } finally {
    socket.destroy();
  }
}
