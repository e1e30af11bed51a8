/**
 * The frozen baseline: what a straightforward Node server for the bench's requests costs. @grpc/grpc-js with identity serialisers,
 * `ioredis.hmgetBuffer`, stored bytes spliced into the answer, and none of Feast's rules. NEVER EDITED: every recorded ratio stands on
 * it, and test/unit/bench/frozen.test.ts holds its checksum. It shares no code with anything for the same reason.
 *
 *     node bench/baseline/grpcjs-ioredis.ts REDIS_PORT      prints {"event":"listening","data":["127.0.0.1:PORT"]}
 */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { Redis } from "ioredis";

const FEATURES_PER_VIEW = 10;
const PROJECT = Buffer.from("bench");
const KEY_HEAD = Buffer.from("01000000020000000600000065 6e74697479 0400000008000000".replaceAll(" ", ""), "hex");

interface Service {
  readonly fields: readonly Buffer[];
  readonly metadata: Buffer;
  readonly features: number;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

function lengthField(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(content.length)]), content]);
}

function mix(block: number): number {
  const scaled = Math.imul(block, 0xcc9e2d51);
  return Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
}

/** MurmurHash3 x86_32 of `view:feature`. */
function featureField(text: string): Buffer {
  const bytes = Buffer.from(text);
  const blocks = bytes.length >> 2;
  let hash = 0;
  for (let block = 0; block < blocks; block += 1) {
    hash ^= mix(bytes.readInt32LE(block * 4));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= blocks * 4; at -= 1) tail = (tail << 8) | (bytes[at] as number);
  if (bytes.length % 4 > 0) hash ^= mix(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  const field = Buffer.alloc(4);
  field.writeInt32LE((hash ^ (hash >>> 16)) | 0);
  return field;
}

function makeService(features: number): Service {
  const fields: Buffer[] = [];
  const names: Buffer[] = [lengthField(1, Buffer.from("entity"))];
  for (let feature = 0; feature < features; feature += 1) {
    const view = Math.floor(feature / FEATURES_PER_VIEW);
    fields.push(featureField(`feature_view_${view}:feature_${feature}`));
    if (feature % FEATURES_PER_VIEW === FEATURES_PER_VIEW - 1) fields.push(Buffer.from(`_ts:feature_view_${view}`));
    names.push(lengthField(1, Buffer.from(`feature_${feature}`)));
  }
  return { fields, features, metadata: lengthField(1, lengthField(1, Buffer.concat(names))) };
}

const services = new Map([10, 50, 250].map((features) => [`bench_${features}`, makeService(features)]));

interface Question {
  readonly service: Service;
  /** Serialized Values. */
  readonly cells: readonly Buffer[];
}

/** Reads the one form of request that the bench sends: a feature service, and one column of int64 Values. */
function readQuestion(bytes: Buffer): Question {
  let at = 0;
  const readLength = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  at += 1;
  const nameLength = readLength();
  const service = services.get(bytes.toString("latin1", at, at + nameLength));
  if (service === undefined) throw new Error("not a request of the bench");
  at += nameLength + 1;
  readLength();
  at += 1;
  const columnLength = readLength();
  at += columnLength + 1;
  const cellsLength = readLength();
  const end = at + cellsLength;
  const cells: Buffer[] = [];
  while (at < end) {
    at += 1;
    const length = readLength();
    cells.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { service, cells };
}

/** The Redis key of a serialized Value that holds an int64. */
function keyOf(cell: Buffer): Buffer {
  let value = 0;
  let scale = 1;
  for (let at = 1; at < cell.length; at += 1) {
    value += ((cell[at] as number) & 0x7f) * scale;
    scale *= 128;
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(value % 2 ** 32, 0);
  tail.writeUInt32LE(Math.floor(value / 2 ** 32), 4);
  return Buffer.concat([KEY_HEAD, tail, PROJECT]);
}

function varintSize(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

function writeVarint(target: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 0x7f) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[at++] = rest;
  return at;
}

/** Column by column: values, statuses (all PRESENT), event timestamps. `null` = the key column, whose timestamps are empty. */
function assemble({ service, cells }: Question, rows: readonly (readonly (Buffer | null)[])[]): Buffer {
  const count = rows.length;
  const empty = Buffer.alloc(0);
  const columns: { values: Buffer[]; times: Buffer[]; size: number }[] = [];
  let total = service.metadata.length;
  const add = (values: Buffer[], times: Buffer[]): void => {
    let size = 1 + varintSize(count) + count;
    for (const bytes of values) size += 1 + varintSize(bytes.length) + bytes.length;
    for (const bytes of times) size += 1 + varintSize(bytes.length) + bytes.length;
    total += 1 + varintSize(size) + size;
    columns.push({ values, times, size });
  };
  add(
    [...cells],
    rows.map(() => empty),
  );
  for (let feature = 0; feature < service.features; feature += 1) {
    const view = Math.floor(feature / FEATURES_PER_VIEW);
    const slot = feature + view;
    const timeSlot = (view + 1) * (FEATURES_PER_VIEW + 1) - 1;
    add(
      rows.map((row) => row[slot] ?? empty),
      rows.map((row) => row[timeSlot] ?? empty),
    );
  }
  const target = Buffer.allocUnsafe(total);
  let at = service.metadata.copy(target);
  for (const { values, times, size } of columns) {
    target[at] = 0x12;
    at = writeVarint(target, at + 1, size);
    for (const bytes of values) {
      target[at] = 0x0a;
      at = writeVarint(target, at + 1, bytes.length);
      at += bytes.copy(target, at);
    }
    target[at] = 0x12;
    at = writeVarint(target, at + 1, count);
    target.fill(1, at, at + count);
    at += count;
    for (const bytes of times) {
      target[at] = 0x1a;
      at = writeVarint(target, at + 1, bytes.length);
      at += bytes.copy(target, at);
    }
  }
  return target;
}

const redis = new Redis({ host: "127.0.0.1", port: Number(process.argv[2]) });

async function answer(request: Buffer): Promise<Buffer> {
  const question = readQuestion(request);
  const { fields } = question.service;
  const rows = await Promise.all(question.cells.map((cell) => redis.hmgetBuffer(keyOf(cell), ...fields)));
  return assemble(question, rows);
}

const identity = (bytes: Buffer): Buffer => bytes;
const server = new Server();
server.addService(
  {
    GetOnlineFeatures: {
      path: "/feast.serving.ServingService/GetOnlineFeatures",
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    },
  },
  {
    GetOnlineFeatures: (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
      answer(call.request).then(
        (bytes) => callback(null, bytes),
        (error: Error) => callback({ code: 13, details: error.message }),
      );
    },
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${JSON.stringify({ event: "listening", data: [`127.0.0.1:${port}`], pid: process.pid })}\n`);
});
