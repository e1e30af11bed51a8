/** The few bytes of protobuf and of Feast's key layout that the bench writes. Its own code on purpose: src/ is what is measured. */

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** A length-delimited field; the tag has one byte. */
export function lengthField(number: number, content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(content.length)]), content]);
}

/** A feast.types.Value that holds an int64. @param value not negative, at most 2^53 − 1 */
export function int64Value(value: number): Buffer {
  return Buffer.from([0x20, ...varint(value)]);
}

/** A google.protobuf.Timestamp of whole seconds. */
export function timestamp(seconds: number): Buffer {
  return Buffer.from([0x08, ...varint(seconds)]);
}

/** The Redis key of one INT64 key (feast/infra/key_encoding_utils.py:serialize_entity_key, version 3, and the project). */
export function redisKey(joinKey: string, value: number, project: string): Buffer {
  const name = Buffer.from(joinKey);
  return Buffer.concat([uint32(1), uint32(2), uint32(name.length), name, int64Part(value), Buffer.from(project)]);
}

/** What Feast's Java server looks for instead (EntityKeySerializerV2.java): neither the number of names nor their lengths. */
export function javaRedisKey(joinKey: string, value: number, project: string): Buffer {
  return Buffer.concat([uint32(2), Buffer.from(joinKey), int64Part(value), Buffer.from(project)]);
}

function int64Part(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return Buffer.concat([uint32(4), uint32(8), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The 4-byte hash field of `view:feature` (feast/infra/online_stores/helpers.py:_mmh3): MurmurHash3 x86_32, seed 0. */
export function featureField(view: string, feature: string): Buffer {
  const bytes = Buffer.from(`${view}:${feature}`);
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

function mix(block: number): number {
  const scaled = Math.imul(block, 0xcc9e2d51);
  return Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
}
